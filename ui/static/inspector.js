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
  const rest = 1000; // ms between two fetches
  const silence = 15000; // ms between two announcements
  const changed = new Set(); // sessions, since the last announcement
  let more = 0;
  let source;
  let wanted = false;
  let busy = false;
  let paused = false;
  let announced = 0;

  function show(text, on) {
    state.textContent = text;
    box.classList.toggle("on", on);
  }

  // swap puts a fresh part in the place of an old one. What is open stays open.
  function swap(old, fresh) {
    if (old.dataset.revision && old.dataset.revision !== fresh.dataset.revision) fresh.classList.add("fresh");
    if (old.outerHTML !== fresh.outerHTML) old.replaceWith(fresh);
  }

  // rows puts the list into its new order. A row that is the same is kept.
  function rows(list, fresh) {
    const known = new Map([...list.children].map((row) => [row.dataset.part, row]));
    const next = [...fresh.children].map((row) => {
      const old = known.get(row.dataset.part);
      if (old && old.outerHTML === row.outerHTML) return old;
      if (!old || old.dataset.revision !== row.dataset.revision) row.classList.add("fresh");
      return row;
    });
    if (next.length !== known.size || next.some((row, i) => row !== list.children[i])) list.replaceChildren(...next);
  }

  // update takes the page's parts from a fresh copy of it. Where the two have not
  // the same parts, as when the first session appears, the whole main part changes.
  function update(page) {
    const parts = (root) => [...root.querySelectorAll("[data-part]")].filter((part) => !part.closest("[data-rows]"));
    const names = (root) => parts(root).map((part) => part.dataset.part).join() + !!one("[data-rows]", root);
    const focus = document.activeElement && document.activeElement.id;
    if (names(document) !== names(page)) {
      one("main").replaceWith(document.adoptNode(one("main", page)));
    } else {
      for (const part of parts(page)) swap(one(`[data-part="${CSS.escape(part.dataset.part)}"]`), part);
      const list = one("[data-rows]");
      if (list) rows(list, one("[data-rows]", page));
    }
    const held = focus && document.getElementById(focus);
    if (held && held !== document.activeElement) held.focus({ preventScroll: true });
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
        if (answer.ok) update(new DOMParser().parseFromString(await answer.text(), "text/html"));
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
    pause.textContent = paused ? "Go on" : "Pause";
    if (paused) {
      source.close();
      show("Paused", false);
    } else {
      listen();
    }
  });
  document.addEventListener("visibilitychange", () => { if (wanted) refresh(); });
  addEventListener("pagehide", () => source.close());
  addEventListener("pageshow", (event) => { if (event.persisted && !paused) listen(); });
  box.hidden = false;
  listen();
})();
