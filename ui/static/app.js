// Every form of the shop works without this file. With it, the forms marked
// data-cart are sent in the background, one after another.
(() => {
  "use strict";
  const one = (selector, root = document) => root.querySelector(selector);
  const wait = (ms) => new Promise((done) => setTimeout(done, ms));
  const things = (n) => (n === 1 ? "1 thing" : n + " things");
  const json = { Accept: "application/json" };
  const tabs = "BroadcastChannel" in window ? new BroadcastChannel("cart") : null;
  let known = Number(one("[data-count]").textContent);
  let queue = Promise.resolve();
  let pending = 0;
  let fading;

  // say shows a sentence at the foot of the window and has it read aloud.
  function say(text, stays) {
    const slip = one("#slip");
    slip.replaceChildren(text);
    if (location.pathname !== "/cart") {
      const link = document.createElement("a");
      link.href = "/cart";
      link.textContent = "See the cart";
      slip.append(" ", link);
    }
    clearTimeout(fading);
    fading = setTimeout(() => slip.matches(":hover, :focus-within") || slip.replaceChildren(), stays ? 60000 : 9000);
  }

  function count(n) {
    const badge = one("[data-count]");
    badge.textContent = n;
    badge.hidden = n === 0;
    one("[data-things]").textContent = things(n);
    badge.classList.remove("nod");
    void badge.offsetWidth; // restarts the animation
    if (n !== known) badge.classList.add("nod");
    known = n;
  }

  // read asks the shop what the cart holds; null where it does not answer.
  async function read() {
    try {
      const answer = await fetch("/cart", { headers: json });
      return answer.ok ? await answer.json() : null;
    } catch {
      return null;
    }
  }

  // send posts a form and tries again where the shop is busy or out of reach.
  // An add whose answer was lost is not sent twice: the cart tells whether it arrived.
  async function send(url, body) {
    for (let tries = 1; ; tries++) {
      let answer = null;
      try {
        answer = await fetch(url, { method: "POST", body, headers: json, signal: AbortSignal.timeout(15000) });
        if (answer.status !== 409 && answer.status !== 503) return answer.json();
      } catch (err) {
        if (answer) throw err;
      }
      if (tries === 4) return null;
      const asked = Number(answer && answer.headers.get("Retry-After")) * 1000;
      await wait(Math.min(asked || 400 * 2 ** tries, 10000) + Math.random() * 250);
      const cart = !answer && body.has("sku") ? await read() : null;
      if (cart && cart.quantity !== known) return cart;
    }
  }

  // refresh fetches the part of the page that shows the cart, and keeps the focus.
  async function refresh() {
    const old = one("[data-swap]");
    if (!old) return;
    const answer = await fetch(old.dataset.swap, { headers: { Accept: "text/html" } });
    if (!answer.ok || pending) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = one("[data-swap]", page);
    const held = old.contains(document.activeElement) ? document.activeElement.id || "none" : "";
    old.replaceWith(fresh);
    if (held) (document.getElementById(held) || one("#undo", fresh) || one("h1", fresh)).focus({ preventScroll: true });
  }

  async function submit(form, body) {
    let data = null;
    try {
      data = await send(form.action, body);
    } catch { /* not an answer of ours */ }
    pending--;
    if (data && data.error) {
      say(data.error.text, true);
    } else if (data) {
      count(data.quantity);
      const text = data.message ? data.message.text : "";
      say(/in your cart/.test(text) ? text : (text + " " + things(data.quantity) + " in your cart.").trim());
      if (tabs) tabs.postMessage(data.quantity);
    } else {
      form.removeAttribute("data-cart");
      say("The shop did not answer. Press the button again to send this the plain way.", true);
    }
    if (data && !pending) await refresh().catch(() => {});
  }

  // quantity is what a stepper asks for: the number shown, so that three quick
  // presses are three steps.
  function quantity(form, body) {
    const field = one("input[name=quantity]", form);
    const shown = one("input[inputmode]", form.parentElement);
    if (form.dataset.step && Number(shown.value) >= 0) {
      shown.value = Math.max(0, Math.min(99, Number(shown.value) + Number(form.dataset.step)));
      body.set("quantity", shown.value);
    }
    if (field && "auto" in form.dataset) field.dataset.sent = field.value;
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if ("once" in form.dataset) {
      if (form.dataset.once) event.preventDefault();
      form.dataset.once = "sent";
    }
    if (!("cart" in form.dataset)) return;
    event.preventDefault();
    const field = one("input[name=quantity]", form);
    if ("auto" in form.dataset && field.dataset.sent === field.value) return;
    const body = new URLSearchParams(new FormData(form, event.submitter));
    quantity(form, body);
    pending++;
    queue = queue.then(() => submit(form, body));
  });

  document.addEventListener("change", (event) => {
    const form = event.target.form;
    if (form && "auto" in form.dataset) form.requestSubmit();
  });

  async function resume(event) {
    if (!event.persisted) return;
    for (const form of document.querySelectorAll("[data-once]")) form.dataset.once = "";
    const cart = await read();
    if (cart) count(cart.quantity);
    refresh().catch(() => {});
  }
  addEventListener("pageshow", resume);
  if (tabs) tabs.onmessage = (event) => { count(event.data); refresh().catch(() => {}); };

  // span says how long there is between now and a time: "2 d 03:04:05".
  function span(ms) {
    const s = Math.floor(Math.abs(ms) / 1000);
    const two = (n) => String(Math.floor(n)).padStart(2, "0");
    const days = Math.floor(s / 86400);
    return (days ? days + " d " : "") + [two((s / 3600) % 24), two((s / 60) % 60), two(s % 60)].join(":");
  }
  const clocks = document.querySelectorAll("[data-clock]");
  function tick() {
    for (const clock of clocks) {
      const ms = Date.parse(clock.dataset.clock) - Date.now();
      clock.textContent = span(ms) + (ms < 0 ? " ago" : " left");
    }
  }
  if (clocks.length) { tick(); setInterval(tick, 1000); }

  const print = one("[data-print]");
  if (print) {
    print.hidden = false;
    print.addEventListener("click", () => window.print());
  }
  const wrong = one("[role=alert][tabindex]");
  if (wrong) wrong.focus();
})();
