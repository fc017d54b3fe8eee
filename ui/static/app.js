// Forms work without this file. With it, those marked data-cart are sent
// in turn, and the page shows at once what they will do.
const one = (selector, root = document) => root.querySelector(selector);
const wait = (ms) => new Promise((done) => setTimeout(done, ms));
const number = (lines) => Object.values(lines).reduce((sum, n) => sum + Number(n), 0);
const things = (n) => (n === 1 ? "1 thing" : `${n} things`);
const inCart = (n) => (n ? `${things(n)} in your cart.` : "");

const badge = one("[data-count]");
const slip = one("#slip");
const headers = { Accept: "application/json" };
const tabs = new BroadcastChannel("cart");
let known = Object.fromEntries(new URLSearchParams(one("#lines").textContent)); // to the shop
let shown = { ...known }; // here
let queue = Promise.resolve();
let pending = 0;
let leaving = false;
let fading;
let released; // once no button is held down

const enqueue = (job) => { queue = queue.then(job).catch(() => {}); };

// say shows a sentence at the foot of the window, not over the focus.
function say(text, undo) {
  clearInterval(fading);
  fading = setInterval(() => slip.matches(":hover, :focus-within") || slip.replaceChildren(), 9000);
  if (slip.firstChild?.data === text) return;
  const held = slip.matches(":focus-within");
  slip.replaceChildren(text, ...one(undo ? "#undo-form" : "#cart-link").cloneNode(true).childNodes);
  if (held) (one("button", slip) ?? one("h1")).focus();
  one(":focus-visible")?.scrollIntoView({ block: "nearest" });
}

function show() {
  const n = number(shown);
  badge.classList.toggle("nod", n !== Number(badge.textContent));
  badge.textContent = n;
  badge.hidden = !n;
  one("[data-things]").textContent = things(n);
  for (const { dataset, firstChild, lastChild } of document.querySelectorAll("[data-add]")) {
    const has = shown[dataset.add];
    firstChild.data = has ? `In cart ${has} +` : "Add";
    lastChild.textContent = has ? " one more" : " to the cart";
  }
}
badge.onanimationend = () => badge.classList.remove("nod");

// settle shows what the shop knows, once nothing is on its way.
function settle(cart) {
  if (cart) known = Object.fromEntries(cart.lines.map((line) => [line.sku, line.quantity]));
  if (pending) return;
  shown = { ...known };
  show();
}

async function read() {
  const answer = await fetch("/cart", { headers });
  return answer.ok ? answer.json() : Promise.reject();
}

// send posts a form, and again where the shop is busy or out of reach. An add
// whose answer got lost is not repeated blindly: the cart tells if it came.
async function send(url, body) {
  for (let tries = 1; ; tries++) {
    const answer = await fetch(url, { method: "POST", body, headers, keepalive: true, signal: AbortSignal.timeout(15000) }).catch(() => null);
    if (answer && answer.status !== 503 || tries === 4) return answer.json();
    say(`The shop ${answer ? "is busy" : "cannot be reached"}. Trying again.`);
    const asked = answer?.headers.get("Retry-After") * 1000;
    await wait(Math.min(asked || 400 * 2 ** tries, 10000) + Math.random() * 200);
    const cart = !answer && body.has("sku") && await read().catch(() => null);
    if (cart && cart.quantity !== number(known)) return cart;
  }
}

// renew fetches the part of the page that shows the cart, and keeps the focus.
async function renew() {
  const old = one("[data-swap]");
  if (!old || leaving) return;
  const answer = await fetch(old.dataset.swap);
  const page = await answer.text();
  await released; // a button replaced before gets no click
  if (!answer.ok || pending) return;
  const fresh = one("[data-swap]", new DOMParser().parseFromString(page, "text/html"));
  const held = document.activeElement;
  if (!old.contains(held)) return old.replaceWith(fresh);
  if (held.matches("input") && held.value !== held.defaultValue) {
    held.onblur = () => enqueue(renew);
    return;
  }
  old.replaceWith(fresh);
  const next = document.getElementById(held.id) || one("#slip button") || one("h1", fresh);
  next.focus({ preventScroll: true });
  next.setSelectionRange?.(held.selectionStart, held.selectionEnd);
}

function foresee(form, body) {
  const n = Number(body.get("quantity"));
  const sku = body.get("sku");
  const line = form.closest(".line");
  const name = one("h1, h2, h3", form.closest(".product, .card, .line") ?? document).textContent;
  if (form.matches(".clear")) shown = {};
  if (line) shown[line.dataset.line] = n;
  if (sku) shown[sku] = Math.min(Number(shown[sku] ?? 0) + n, 20);
  if (sku) say(`${n > 1 ? `${n} × ` : ""}${name} added. ${inCart(number(shown))}`);
  if (line && !n) {
    const held = line.contains(document.activeElement);
    line.hidden = true;
    say(`${name} removed. ${inCart(number(shown))}`, true);
    if (held) one("#slip button").focus({ preventScroll: true });
  }
  show();
}

async function submit(form, body) {
  const busy = setTimeout(() => { form.ariaBusy = true; }, 100);
  const slow = setTimeout(say, 1500, "The shop is slow to answer. Still trying.");
  const cart = await send(form.action, body).catch(() => null);
  clearTimeout(busy);
  clearTimeout(slow);
  form.ariaBusy = null;
  document.body.toggleAttribute("data-pending", --pending);
  if (cart?.lines) {
    settle(cart);
    say(`${cart.message?.text ?? ""} ${inCart(cart.quantity)}`, cart.message?.undo);
    tabs.postMessage(0);
    return pending || renew();
  }
  settle();
  form.closest(".line")?.removeAttribute("hidden");
  if (!cart) form.removeAttribute("data-cart"); // the next press loads a page
  say(cart?.error.text ?? "We couldn't reach the shop. Check your connection and try again.");
}

// leave waits: the next page must show all presses.
function leave(event, go) {
  if (!pending) return;
  event.preventDefault();
  leaving = true;
  Promise.race([queue, wait(5000)]).then(() => { pending = 0; go(); });
}

addEventListener("pointerdown", () => {
  released = new Promise((done) => {
    for (const end of ["pointerup", "pointercancel"]) addEventListener(end, () => setTimeout(done), { once: true });
  });
});

addEventListener("click", (event) => {
  const { target } = event;
  if (target.closest("[data-print]")) print();
  if (target.dataset.by) {
    const field = one("input", target.parentNode);
    field.value = Math.min(20, Math.max(1, Number(field.value) + Number(target.dataset.by) || 1));
  }
  const link = target.closest("a[href]");
  if (link && !link.hash && !event.ctrlKey && !event.metaKey && !event.shiftKey) leave(event, () => location.assign(link.href));
});

addEventListener("submit", (event) => {
  const form = event.target;
  const typed = form.elements.quantity;
  // The shop explains at the field what is no number.
  if (!form.matches("[data-cart]") || typed && !/^\d{1,2}$/.test(typed.value)) {
    form.ariaBusy = true;
    return leave(event, () => form.requestSubmit(event.submitter));
  }
  event.preventDefault();
  if (form.matches("[data-auto]") && typed.defaultValue === typed.value) return;
  if (typed) typed.defaultValue = typed.value; // no longer being typed
  const body = new URLSearchParams(new FormData(form));
  if (form.dataset.step) { // quick presses add up: each starts from the number shown
    const field = one("input[inputmode]", form.parentElement);
    const n = Number(field.value) + Number(form.dataset.step);
    if (n >= 0 && n < 100) body.set("quantity", field.defaultValue = field.value = n);
  }
  document.body.toggleAttribute("data-pending", ++pending);
  foresee(form, body);
  enqueue(() => submit(form, body));
});

addEventListener("change", ({ target }) => {
  if (target.form?.matches("[data-auto]")) target.form.requestSubmit();
});

// A page from the history, or news of another tab.
const catchUp = () => enqueue(async () => { settle(await read()); await renew(); });
tabs.onmessage = catchUp;
addEventListener("pageshow", (event) => {
  leaving = false;
  if (!event.persisted) return;
  for (const form of document.forms) form.ariaBusy = null;
  catchUp();
});
show();
const { view } = one(".product")?.dataset ?? {};
if (view) navigator.sendBeacon("/session/viewed", new URLSearchParams({ sku: view }));
