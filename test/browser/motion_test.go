package browser

import (
	"testing"

	"github.com/chromedp/cdproto/page"
)

// TestTheTileTravels from the grid to its page and back, but not for those who asked
// for less motion.
func TestTheTileTravels(t *testing.T) {
	t.Parallel()
	p := newVisitor(t).browse(openShop(t))
	call(p, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{
		Source: `addEventListener("pagereveal", (e) => { window.travels = !!e.viewTransition; })`,
	})
	for motion, travels := range map[string]bool{"no-preference": true, "reduce": false} {
		p.prefers("prefers-reduced-motion", motion)
		p.open("/")
		p.follow(`a[href="/products/enamel-mug"]`)
		if got := eval[bool](p, "window.travels"); got != travels {
			t.Errorf("prefers-reduced-motion %s: a transition is %v, want %v", motion, got, travels)
		}
		name := eval[string](p, `getComputedStyle(document.querySelector(".product .tile")).viewTransitionName`)
		if want := map[bool]string{true: "tile-enamel-mug", false: "none"}[travels]; name != want {
			t.Errorf("prefers-reduced-motion %s: the tile is named %q, want %q", motion, name, want)
		}
	}
}
