package browser

import (
	"strings"
	"testing"
)

// desk opens the back office in one more tab of a shopper's browser.
func (p *tab) desk(path string) *tab {
	p.Helper()
	operator := p.another()
	operator.enterInspector()
	operator.navigate(p.server.ops + path)
	operator.until(settled)
	return operator
}

// TestInspectorFollowsAShopper watches the back office while somebody shops. Its
// pages are never loaded again: what changes on them changes in place.
func TestInspectorFollowsAShopper(t *testing.T) {
	t.Parallel()
	shop, shopper := visit(t)
	shopper.add("twine")

	operator := shopper.desk("/sessions")
	eval[bool](operator, "window.same = true")
	operator.sees(".live", "Live")
	operator.sees("[data-rows]", "€5.00")
	eval[any](operator, `void document.querySelector("[data-rows] a").focus()`)
	held := eval[string](operator, "document.activeElement.id")
	shopper.click("#add")
	shopper.counts(2)
	operator.sees("[data-rows]", "€10.00")
	operator.sees(".latest", "changed")
	operator.sees("[data-live-say]", "changed")
	if got := eval[string](operator, "document.activeElement.id"); got != held || !strings.HasPrefix(held, "to-") {
		t.Errorf("the focus went from %q to %q", held, got)
	}
	other := newVisitor(t).browse(shop)
	other.open("/products/tote")
	other.click("#add")
	operator.until(`document.querySelectorAll("[data-rows] > tr").length === 2`)

	operator.click("[data-live-pause]")
	operator.sees(".live", "Paused")
	shopper.click("#add")
	shopper.counts(3)
	operator.click("[data-live-pause]")
	operator.sees("[data-rows]", "€15.00")
	operator.until("window.same")
}

// TestOperatorRevokesASession does it with and without JavaScript.
func TestOperatorRevokesASession(t *testing.T) {
	t.Parallel()
	for name, plain := range map[string]bool{"with JavaScript": false, "without": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, shopper := visit(t)
			shopper.add("twine")
			operator := shopper.another()
			if plain {
				operator.switchOff()
			}
			operator.enterInspector()
			operator.until(settled)
			if got := eval[bool](operator, `!!document.querySelector("head meta[http-equiv=refresh]")`); got != plain {
				t.Errorf("the page reloads itself: %v", got)
			}
			operator.follow("[data-rows] a")
			operator.sees("main", "twine")
			operator.follow("#revoke ~ form button")
			operator.sees("main", "was revoked")
			shopper.open("/cart")
			shopper.sees("main", "Nothing here yet")
		})
	}
}

// TestPlotsAreDrawnAndMove waits for the next sample.
func TestPlotsAreDrawnAndMove(t *testing.T) {
	t.Parallel()
	_, shopper := visit(t)
	operator := shopper.desk("/plots")
	eval[bool](operator, "window.same = true")
	shopper.add("twine")
	operator.until(`document.querySelector("#plot-alive-desc").textContent.startsWith("1 alive now")`)
	operator.until("window.same")
	if got := eval[bool](operator, `[...document.querySelectorAll("svg.plot")].every(s => s.getBBox().width > 100)`); !got {
		t.Error("a plot is empty")
	}
}
