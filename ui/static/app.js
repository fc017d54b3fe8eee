// Every form of the shop works without this file. With it, those marked data-cart
// are sent in the background, in turn.
const one = (selector, root = document) => root.querySelector(selector);
const wait = (ms) => new Promise((done) => setTimeout(done, ms));

// Clocks count down to a time, or up from it: "27 d 03:04:05 left".
function tick() {
  for (const clock of document.querySelectorAll("[data-clock]")) {
    const ms = Date.parse(clock.dataset.clock) - Date.now();
    const span = new Date(Math.abs(ms));
    const days = Math.floor(span / 864e5);
    clock.textContent = `${days ? `${days} d ` : ""}${span.toISOString().slice(11, 19)} ${ms < 0 ? "ago" : "left"}`;
  }
}
if (one("[data-clock]")) setInterval(tick, 1000, tick());

const badge = one("[data-count]");
const slip = one("#slip");
const headers = { Accept: "application/json" };
const tabs = new BroadcastChannel("cart");
let known = Number(badge.textContent);
let queue = Promise.resolve();
let pending = 0;
let leaving = false;
let fading;
let released = Promise.resolve();

const enqueue = (job) => { queue = queue.then(job).catch(() => {}); };

// say shows a sentence at the foot of the window, not over the focus.
function say(text, seconds) {
  const link = Object.assign(document.createElement("a"), { href: "/cart", textContent: "See the cart" });
  slip.replaceChildren(text, " ", location.pathname === "/cart" ? "" : link);
  one(":focus-visible")?.scrollIntoView({ block: "nearest" });
  clearInterval(fading);
  fading = setInterval(() => slip.matches(":hover, :focus-within") || slip.replaceChildren(), seconds * 1000);
}

function count(cart) {
  badge.classList.toggle("nod", cart.quantity !== known);
  badge.textContent = known = cart.quantity;
  badge.hidden = !known;
  one("[data-things]").textContent = cart.things;
}
badge.onanimationend = () => badge.classList.remove("nod");

async function read() {
  const answer = await fetch("/cart", { headers });
  return answer.ok ? answer.json() : Promise.reject();
}

// send posts a form, and again where the shop is busy or out of reach. An add
// whose answer got lost is not repeated blindly: the cart tells if it arrived.
async function send(url, body) {
  for (let tries = 1; ; tries++) {
    const answer = await fetch(url, { method: "POST", body, headers, keepalive: true, signal: AbortSignal.timeout(15000) }).catch(() => null);
    if (answer && ![409, 503].includes(answer.status) || tries === 4) return answer.json();
    const asked = answer?.headers.get("Retry-After") * 1000;
    await wait(Math.min(asked || 400 * 2 ** tries, 10000) + Math.random() * 200);
    const cart = !answer && body.has("sku") && await read().catch(() => null);
    if (cart && cart.quantity !== known) return cart;
  }
}

// renew fetches the part of the page that shows the cart, and keeps the focus. It
// waits for a number that is being typed.
async function renew() {
  const old = one("[data-swap]");
  if (!old || leaving) return;
  const answer = await fetch(old.dataset.swap);
  const page = await answer.text();
  await released; // a button that is replaced while it is pressed gets no click
  if (!answer.ok || pending) return;
  const fresh = one("[data-swap]", new DOMParser().parseFromString(page, "text/html"));
  const held = document.activeElement;
  if (!old.contains(held)) return old.replaceWith(fresh);
  if (held.matches("input") && held.value !== held.defaultValue) {
    held.onblur = () => enqueue(renew);
    return;
  }
  old.replaceWith(fresh);
  const next = document.getElementById(held.id) || one("#undo", fresh) || one("h1", fresh);
  next.focus({ preventScroll: true });
  next.setSelectionRange?.(held.selectionStart, held.selectionEnd);
}

async function submit(form, body) {
  const cart = await send(form.action, body).catch(() => null);
  pending--;
  if (!cart) {
    form.removeAttribute("data-cart");
    return say("The shop did not answer. Press again to try once more.", 60);
  }
  if (cart.error) {
    say(cart.error.text, 60);
  } else {
    count(cart);
    say(`${cart.message?.text ?? ""} ${known ? `${cart.things} in your cart.` : ""}`, 9);
    tabs.postMessage(known);
  }
  if (!pending) await renew();
}

// leave holds back what leads to another page while something is on its way:
// that page must show all that was pressed on this one.
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
  if (event.target.closest("[data-print]")) print();
  const link = event.target.closest("a[href]");
  const elsewhere = event.altKey || event.ctrlKey || event.metaKey || event.shiftKey;
  if (link && !elsewhere && !link.hash) leave(event, () => location.assign(link.href));
});

addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-cart]")) return leave(event, () => form.requestSubmit(event.submitter));
  event.preventDefault();
  const typed = form.elements.quantity;
  if (form.matches("[data-auto]") && typed.defaultValue === typed.value) return;
  if (typed) typed.defaultValue = typed.value; // no longer being typed
  const body = new URLSearchParams(new FormData(form));
  if (form.dataset.step) { // quick presses add up: each starts from the number shown
    const shown = one("input[inputmode]", form.parentElement);
    const n = Number(shown.value) + Number(form.dataset.step);
    if (n >= 0 && n < 100) body.set("quantity", shown.defaultValue = shown.value = n);
  }
  pending++;
  enqueue(() => submit(form, body));
});

addEventListener("change", ({ target }) => {
  if (target.form?.matches("[data-auto]")) target.form.requestSubmit();
});

// A page that comes back from the history, or that hears of another tab, shows
// the cart of now, in its turn.
const catchUp = () => enqueue(async () => { count(await read()); await renew(); });
tabs.onmessage = catchUp;
addEventListener("pageshow", (event) => {
  leaving = false;
  if (event.persisted) catchUp();
});
