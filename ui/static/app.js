// Every form of the shop works without this file. With it, the forms marked
// data-cart are sent in the background, one after another.
(() => {
  "use strict";
  const one = (selector, root = document) => root.querySelector(selector);

  // Clocks count down to a time, or up from it: "27 d 03:04:05 left".
  function tick() {
    for (const clock of document.querySelectorAll("[data-clock]")) {
      const ms = Date.parse(clock.dataset.clock) - Date.now();
      const s = Math.floor(Math.abs(ms) / 1000);
      const parts = [s / 3600 % 24, s / 60 % 60, s % 60].map((n) => String(Math.floor(n)).padStart(2, "0"));
      clock.textContent = (s < 86400 ? "" : Math.floor(s / 86400) + " d ") + parts.join(":") + (ms < 0 ? " ago" : " left");
    }
  }
  if (one("[data-clock]")) setInterval(tick, 1000, tick());

  const print = one("[data-print]");
  if (print) {
    print.hidden = false;
    print.onclick = () => window.print();
  }

  const badge = one("[data-count]");
  const slip = one("#slip");
  if (!badge) return;
  const json = { Accept: "application/json" };
  const tabs = "BroadcastChannel" in window ? new BroadcastChannel("cart") : null;
  let known = Number(badge.textContent);
  let queue = Promise.resolve();
  let pending = 0;
  let leaving = false;
  let fading;

  const unit = (n) => (n === 1 ? "thing" : "things");

  // say shows a sentence at the foot of the window and has it read aloud.
  function say(text, seconds) {
    slip.replaceChildren(text);
    if (location.pathname !== "/cart") {
      const link = document.createElement("a");
      link.href = "/cart";
      link.textContent = "See the cart";
      slip.append(" ", link);
    }
    clearTimeout(fading);
    fading = setTimeout(() => slip.matches(":hover, :focus-within") || slip.replaceChildren(), seconds * 1000);
  }

  function count(n) {
    badge.textContent = n;
    badge.hidden = !n;
    one("[data-things]").textContent = n ? unit(n) : "";
    badge.classList.toggle("nod", n !== known);
    known = n;
  }
  badge.addEventListener("animationend", () => badge.classList.remove("nod"));

  async function read() {
    try {
      return await (await fetch("/cart", { headers: json })).json();
    } catch {
      return {};
    }
  }

  // send posts a form, and again where the shop is busy or out of reach. An add
  // whose answer got lost is not repeated blindly: the cart tells if it arrived.
  async function send(url, body) {
    for (let tries = 1; ; tries++) {
      let answer;
      try {
        answer = await fetch(url, { method: "POST", body, headers: json, keepalive: true, signal: AbortSignal.timeout(15000) });
      } catch { /* no answer */ }
      const busy = !answer || answer.status === 409 || answer.status === 503;
      if (!busy || tries === 4) return answer.json();
      const asked = answer && answer.headers.get("Retry-After") * 1000;
      await new Promise((done) => setTimeout(done, Math.min(asked || 400 * 2 ** tries, 10000) + Math.random() * 200));
      if (!answer && body.has("sku")) {
        const cart = await read();
        if (cart.lines && cart.quantity !== known) return cart;
      }
    }
  }

  // refresh fetches anew the part of the page that shows the cart. It keeps the
  // focus, and a number that is being typed.
  async function refresh() {
    const old = one("[data-swap]");
    if (!old || leaving) return;
    const answer = await fetch(old.dataset.swap);
    const text = await answer.text();
    if (!answer.ok || pending) return;
    const fresh = one("[data-swap]", new DOMParser().parseFromString(text, "text/html"));
    const held = document.activeElement;
    if (!old.contains(held)) return old.replaceWith(fresh);
    const { selectionStart, selectionEnd, value } = held;
    const typed = held.matches("input") && value !== (held.dataset.sent || held.defaultValue);
    held.dataset.sent = value; // a field that is taken away while in use fires change: not to be sent
    old.replaceWith(fresh);
    const next = document.getElementById(held.id) || one("#undo", fresh) || one("h1", fresh);
    next.focus({ preventScroll: true });
    if (!next.matches("input")) return;
    if (typed) next.value = value;
    if (typed && "auto" in next.form.dataset) {
      next.addEventListener("blur", () => next.form.requestSubmit(), { once: true }); // change does not know what was typed before
    }
    next.setSelectionRange(selectionStart, selectionEnd);
  }
  const renew = () => refresh().catch(() => {});

  async function submit(form, body) {
    const data = await send(form.action, body).catch(() => null);
    pending--;
    if (!data) {
      form.removeAttribute("data-cart");
      return say("The shop did not answer. Press once more to send this the plain way.", 60);
    }
    if (data.error) {
      say(data.error.text, 60);
    } else {
      count(data.quantity);
      say([data.message && data.message.text, known && `${known} ${unit(known)} in your cart.`].filter(Boolean).join(" "), 9);
      if (tabs) tabs.postMessage(known);
    }
    if (!pending) await renew();
  }

  // Quick presses of a stepper add up, since each starts from the number shown.
  function step(form, body) {
    const field = one("input[inputmode]", form.parentElement);
    const n = Number(field.value) + Number(form.dataset.step);
    if (n >= 0 && n < 100) body.set("quantity", field.dataset.sent = field.value = n);
  }

  // leave holds back what leads to another page while something is on its way:
  // that page must show all that was pressed on this one.
  function leave(event, go) {
    if (!pending) return;
    event.preventDefault();
    if (leaving) return;
    leaving = true;
    const late = new Promise((done) => setTimeout(done, 5000));
    Promise.race([queue, late]).then(() => { pending = 0; go(); });
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    const elsewhere = event.button || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey;
    if (link && !elsewhere && !link.hash) leave(event, () => location.assign(link.href));
  });

  document.addEventListener("submit", (event) => {
    const form = event.target;
    const { cart, step: steps, auto, once } = form.dataset;
    if (cart === undefined) leave(event, () => form.requestSubmit(event.submitter));
    if (once === "sent") event.preventDefault();
    if (once === "" && !event.defaultPrevented) {
      form.dataset.once = "sent";
      setTimeout(() => { form.dataset.once = ""; }, 8000);
    }
    if (cart === undefined) return;
    event.preventDefault();
    const field = form.elements.quantity;
    if (auto !== undefined && field.dataset.sent === field.value) return;
    if (auto !== undefined) field.dataset.sent = field.value;
    const body = new URLSearchParams(new FormData(form, event.submitter));
    if (steps) step(form, body);
    pending++;
    queue = queue.then(() => submit(form, body));
  });

  document.addEventListener("change", ({ target }) => {
    if (target.form && "auto" in target.form.dataset) target.form.requestSubmit();
  });

  // A page that comes back from the history, or that hears of another tab, shows
  // the cart of now. It waits its turn: nothing newer is overwritten by what is older.
  function catchUp() {
    queue = queue.then(async () => {
      const cart = await read();
      if (cart.lines) count(cart.quantity);
      await renew();
    });
  }
  addEventListener("pageshow", (event) => {
    leaving = false;
    if (event.persisted) catchUp();
  });
  if (tabs) tabs.onmessage = catchUp;
})();
