// The back office works without this file: a page then reloads itself. With it,
// a stream of events says when something changed; the page is fetched anew, and
// the parts of it that are different take the place of the old ones.
(() => {
  "use strict";
  const one = (selector, root = document) => root.querySelector(selector);
  const box = one("[data-live]");
  const state = one("[data-live-state]");
  const pause = one("[data-live-pause]");
  const voice = one("[data-live-say]");
  const news = one("[data-live-new]");
  const rest = 1000; // ms between two fetches
  const silence = 15000; // ms between two announcements
  const changed = new Set(); // sessions, since the last announcement
  let more = 0;
  let source;
  let text; // of the page, as it was fetched last
  let wanted = false;
  let busy = false;
  let paused = false;
  let announced = 0;

  function show(text, on) {
    state.textContent = text;
    box.classList.toggle("on", on);
    box.hidden = false; // from the first state on: another in its place would move it
  }

  // What can be pressed or selected holds still while one of its kind is under the
  // pointer or has the focus.
  const held = (part) => part.matches(":hover") || part.contains(document.activeElement);
  const holds = () => [...document.querySelectorAll("[data-rows], [data-hold], main form")].some(held);

  // offer shows a button that brings what is held back; no text hides it.
  function offer(text) {
    news.textContent = text;
    news.hidden = !text;
  }

  // swap puts a fresh part in the place of an old one. What is open stays open.
  function swap(old, fresh) {
    if (old.dataset.revision && old.dataset.revision !== fresh.dataset.revision) fresh.classList.add("fresh");
    if (old.outerHTML !== fresh.outerHTML) old.replaceWith(fresh);
  }

  // rows puts the list into its new order. A row that is the same is kept. A list that
  // holds still shows the new content of its rows, and says what it keeps back.
  function rows(list, fresh, still) {
    const known = new Map([...list.children].map((row) => [row.dataset.part, row]));
    const next = [...fresh.children].map((row) => {
      const old = known.get(row.dataset.part);
      if (old && old.outerHTML === row.outerHTML) return old;
      if (!old || old.dataset.revision !== row.dataset.revision) row.classList.add("fresh");
      return row;
    });
    if (next.length === known.size && next.every((row, i) => row === list.children[i])) return "";
    if (!still) {
      list.replaceChildren(...next);
      return "";
    }
    for (const row of next) known.get(row.dataset.part)?.replaceWith(row);
    const more = next.filter((row) => !known.has(row.dataset.part)).length;
    if (more) return `${more} new`;
    return next.length === known.size && next.every((row, i) => row === list.children[i]) ? "" : "Show what changed";
  }

  // update takes the page's parts from the last copy of it. Where the two have not
  // the same parts, as when the first session appears, the whole main part changes.
  function update(still) {
    const page = new DOMParser().parseFromString(text, "text/html");
    const parts = (root) => [...root.querySelectorAll("[data-part]")].filter((part) => !part.closest("[data-rows]"));
    const names = (root) => parts(root).map((part) => part.dataset.part).join() + !!one("[data-rows]", root);
    const focus = document.activeElement && document.activeElement.id;
    let back = "";
    if (names(document) !== names(page)) {
      if (still) back = "Show what changed";
      else one("main").replaceWith(document.adoptNode(one("main", page)));
    } else {
      for (const part of parts(page)) {
        const old = one(`[data-part="${CSS.escape(part.dataset.part)}"]`);
        if (!still || !("hold" in old.dataset)) swap(old, part);
        else if (old.outerHTML !== part.outerHTML && !one("[data-rows]")) back = "Show what changed";
      }
      const list = one("[data-rows]");
      if (list) back = rows(list, one("[data-rows]", page), still);
    }
    offer(back);
    const kept = focus && document.getElementById(focus);
    if (kept && kept !== document.activeElement) kept.focus({ preventScroll: true });
  }

  async function refresh() {
    if (busy || paused || document.hidden) return;
    busy = true;
    while (wanted && !paused) {
      wanted = false;
      const began = performance.now();
      try {
        const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
        if (answer.status === 404) show("This session has ended", false);
        if (answer.ok) {
          text = await answer.text();
          update(holds());
        }
      } catch { /* the stream says when it is back */ }
      // A slow page is fetched less often.
      const took = performance.now() - began;
      await new Promise((done) => setTimeout(done, Math.max(rest, took * 10)));
    }
    busy = false;
  }

  function want() {
    wanted = true;
    refresh();
  }

  // announce says in one sentence, and not often, what changed.
  function announce() {
    const n = changed.size + more;
    if (!n || paused || Date.now() - announced < silence) return;
    announced = Date.now();
    voice.textContent = n === 1 ? `Session ${[...changed][0]} changed.` : `${n} sessions changed.`;
    changed.clear();
    more = 0;
  }

  function listen() {
    source = new EventSource("/sessions/events");
    source.onopen = () => { show("Live", true); want(); };
    source.onerror = () => show("Out of reach, trying again", false);
    source.addEventListener("session", (event) => {
      changed.add(JSON.parse(event.data).id);
      announce();
      want();
    });
    source.addEventListener("more", (event) => {
      more += JSON.parse(event.data).count;
      want();
    });
    source.addEventListener("sample", () => { announce(); want(); });
  }

  pause.addEventListener("click", () => {
    paused = !paused;
    pause.textContent = paused ? "Resume" : "Pause";
    if (paused) {
      source.close();
      show("Paused", false);
    } else {
      listen();
    }
  });
  // What was held back comes when the pointer and the focus have left, or at a press.
  const later = () => setTimeout(() => { if (!news.hidden && !holds() && !held(news)) update(false); });
  document.addEventListener("pointerover", later);
  document.addEventListener("focusout", later);
  news.addEventListener("click", (event) => {
    update(false);
    if (event.detail === 0) one("[data-rows] a")?.focus(); // pressed by the keyboard
  });
  document.addEventListener("keydown", (event) => {
    const row = event.target.closest("[data-rows] > tr");
    if (!row) return;
    if (event.key === "Escape") document.activeElement.blur();
    const to = { ArrowDown: row.nextElementSibling, ArrowUp: row.previousElementSibling }[event.key];
    if (!to) return;
    event.preventDefault();
    one("a", to)?.focus();
  });
  addEventListener("submit", ({ target }) => { target.ariaBusy = true; });
  document.addEventListener("visibilitychange", () => { if (wanted) refresh(); });
  addEventListener("pagehide", () => source.close());
  addEventListener("pageshow", (event) => {
    for (const form of document.forms) form.ariaBusy = null;
    if (event.persisted && !paused) listen();
  });
  listen();
})();
