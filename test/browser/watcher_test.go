package browser

import (
	"testing"
)

// TestTheWatchSeesWhatItShould makes each of the troubles that fail the other
// tests.
func TestTheWatchSeesWhatItShould(t *testing.T) {
	t.Parallel()
	_, p := visit(t)
	p.open("/")
	for name, trouble := range map[string]string{
		"inline style":    `document.body.setAttribute("style", "color: red")`,
		"inline script":   `document.body.append(Object.assign(document.createElement("script"), { textContent: "1" }))`,
		"exception":       `setTimeout(() => { throw new Error("seeded") })`,
		"promise":         `Promise.reject(new Error("seeded"))`,
		"console":         `console.error("seeded")`,
		"missing file":    `document.body.append(Object.assign(new Image(), { src: "/static/none.svg" }))`,
		"another origin":  `document.body.append(Object.assign(new Image(), { src: "http://127.0.0.2:9/x.png" }))`,
		"another origin2": `fetch("http://127.0.0.2:9/").catch(() => {})`,
	} {
		p.watch.take()
		eval[any](p, "void ("+trouble+")")
		if !p.watch.soon() {
			t.Errorf("%s: nothing was seen", name)
		}
	}
	p.watch.take()
}
