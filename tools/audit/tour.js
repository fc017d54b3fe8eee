import { Visitor } from "./visitor.js";

const contact = { name: "Grace Hopper", email: "grace@example.org", address: "1 Navy Yard", postcode: "20374", town: "Washington", country: "USA" };

// tour shows every page, in every state that it has, one after the other. Each
// state is { name, page, status, html }: the page as the browser shows it and the
// HTML as it was served.
export async function* tour(browser, shop) {
	const v = await Visitor.enter(browser, shop);
	yield* looking(v);
	await v.put("enamel-mug", "notebook", "bread-knife");
	yield* cart(v);
	yield* checkout(v);
	yield* session(v);
	yield* account(v);
	yield* office(v);
	await v.leave();
}

async function* looking(v) {
	yield v.open("catalogue", "/");
	yield v.open("catalogue, page 2", "/?page=2");
	yield v.open("shelf", "/?category=kitchen");
	yield v.open("search", "/?q=tea&sort=price");
	yield v.open("search without a hit", "/?q=piano");
	yield v.open("product", "/products/enamel-mug");
	yield v.open("product, sold out", "/products/umbrella");
	yield v.open("cart, empty", "/cart");
	yield v.open("session, none", "/session");
	yield v.open("no such page", "/nothing/here", 404);
	yield v.open("no such product", "/products/nothing", 404);
}

async function* cart(v) {
	yield v.open("cart, 3 lines", "/cart");
	yield v.open("cart, something added", "/cart?added=enamel-mug&quantity=1");
	yield v.submit("cart, wrong quantity", "form[data-auto]", { quantity: "many" }, 422);
	await v.open("product", "/products/clay-pot");
	yield v.submit("product, wrong quantity", "form.buy", { quantity: "many" }, 422);
	await v.open("cart", "/cart");
	yield v.submit("cart, emptied", "form.clear");
	yield v.submit("cart, brought back", 'form[action="/cart/undo"]');
}

async function* checkout(v) {
	const form = "form.fields";
	yield v.open("checkout", "/checkout");
	yield v.submit("checkout, errors", form, { name: "", email: "nobody", address: "" }, 422);
	const shown = await v.page.$eval(`${form} [name="shown"]`, (field) => field.value);
	const other = shown.replace(/\d+(;|$)/, "1$1"); // as if the first thing had cost a cent
	yield v.submit("checkout, changed", form, { ...contact, shown: other }, 409);
	yield v.submit("order", form);
}

async function* session(v) {
	await v.put("enamel-mug", "notebook", "bread-knife");
	await v.open("session", "/session");
	yield v.submit("session", "form.tell", { key: "username", value: "Grace" });
	yield v.submit("session, wrong key", "form.tell", { key: "Not a key", value: "x" }, 422);
	yield v.open("catalogue, greeted", "/");
}

// account has things in the cart when it begins and when it ends.
async function* account(v) {
	const form = "form.fields";
	const member = { email: contact.email, password: "a sieve, two mugs" };
	yield v.open("sign in", "/account/login");
	yield v.submit("sign in, wrong", form, member, 422);
	yield v.open("make an account", "/account/new");
	yield v.submit("make an account, errors", form, { email: "nobody", password: "short" }, 422);
	yield v.submit("account", form, member);
	yield v.open("account, devices", "/account/devices");
	yield v.open("account, password once more", "/account/confirm?for=/account/devices");
	yield v.submit("account, wrong password", form, { password: "another one" }, 422);
	yield v.open("account, change the password", "/account/password");
	yield v.submit("account, common password", form, { password: "password" }, 422);
	yield v.open("account, erase", "/account/erase");
	yield v.open("session, signed in", "/session");
	yield v.open("catalogue, signed in", "/");
	await v.submit("", 'form[action="/account/logout"]');
	await v.put("enamel-mug", "twine");
	await v.open("", "/account/login");
	yield v.submit("cart, what came along", form, member);
}

async function* office(v) {
	const at = (path) => v.shop.ops + path;
	yield v.open("inspector", v.shop.link);
	const one = await v.page.$eval("tbody th a", (a) => a.href);
	yield v.open("inspector, filtered", at("/sessions?q=sku:enamel-mug&sort=value"));
	yield v.open("inspector, nobody", at("/sessions?q=sku:nothing"));
	yield v.open("inspector, one session", one);
	yield v.open("inspector, plots", at("/plots?for=5m"));
	yield v.open("inspector, orders", at("/orders"));
	yield v.open("inspector, one order", await v.page.$eval("tbody th a", (a) => a.href));
	yield v.open("inspector, stock", at("/stock"));
	yield v.open("inspector, metrics", at("/metrics"));
	yield v.open("inspector, profiles", at("/debug/pprof/"));
	yield v.open("inspector, no such session", at("/sessions/000000000000"), 404);
}
