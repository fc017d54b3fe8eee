// Clocks count down to a time, or up from it: "27 d 03:04:05 left". Times stand in the
// zone of the reader.
function tick() {
  for (const clock of document.querySelectorAll("[data-clock]")) {
    const ms = Date.parse(clock.dataset.clock) - Date.now();
    const span = new Date(Math.abs(ms));
    const days = Math.floor(span / 864e5);
    clock.textContent = `${days ? `${days} d ` : ""}${span.toISOString().slice(11, 19)} ${ms < 0 ? "ago" : "left"}`;
  }
}
setInterval(tick, 1000, tick());
for (const time of document.querySelectorAll("time[data-local]")) {
  time.textContent = new Date(time.dateTime).toLocaleString("en-GB", { dateStyle: "long", timeStyle: "short" });
}
