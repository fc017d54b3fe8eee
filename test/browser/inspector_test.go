package browser

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp/kb"
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
	operator.sees("[data-live-say]", "changed")
	if got := eval[string](operator, "document.activeElement.id"); got != held || !strings.HasPrefix(held, "to-") {
		t.Errorf("the focus went from %q to %q", held, got)
	}
	other := newVisitor(t).browse(shop)
	other.open("/products/tote")
	other.click("#add")
	operator.sees("[data-live-new]", "1 new")
	operator.press(kb.Escape)
	operator.until(`document.querySelectorAll("[data-rows] > tr").length === 2`)
	operator.sees(".latest", "changed")

	operator.click("[data-live-pause]")
	operator.sees(".live", "Paused")
	shopper.click("#add")
	shopper.counts(3)
	operator.click("[data-live-pause]")
	operator.sees("[data-rows]", "€15.00")
	operator.until("window.same")
}

// TestInspectorHoldsStillUnderThePointer: the row under a pointer at rest, or with the
// focus, stays where it is until the operator asks for the new ones or goes away.
func TestInspectorHoldsStillUnderThePointer(t *testing.T) {
	t.Parallel()
	shop, shopper := visit(t)
	shopper.add("twine")
	operator := shopper.desk("/sessions")
	operator.sees(".live", "Live")
	operator.sees("[data-rows]", "€5.00")
	const rows, top = `document.querySelectorAll("[data-rows] > tr").length`, `document.querySelector("[data-rows] a").getBoundingClientRect().top`
	arrive := func(n int) {
		for range n {
			shop.exec(`INSERT INTO sessions (token, data, expiry) SELECT substr(hex(randomblob(22)), 1, 43),
				CAST(json_object('v', 1, 'deadline', '2099-01-01T00:00:00Z', 'values', json_object('__created', strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))) AS BLOB), julianday('now') + 1`)
		}
	}
	first := eval[string](operator, `document.querySelector("[data-rows] a").id`)
	stays := func(where float64) {
		t.Helper()
		if got := eval[string](operator, `document.querySelector("[data-rows] a").id`); got != first || eval[float64](operator, top) != where {
			t.Errorf("the row %s at %v moved: there is %s at %v", first, where, got, eval[float64](operator, top))
		}
	}

	operator.hover("[data-rows] a")
	where := eval[float64](operator, top)
	arrive(12)
	operator.sees("[data-live-new]", "12 new")
	stays(where)
	operator.click("[data-live-new]")
	operator.until(rows + " === 13 && document.querySelector('[data-live-new]').hidden")

	first = eval[string](operator, `document.querySelector("[data-rows] a").id`)
	eval[any](operator, `void document.querySelector("[data-rows] a").focus()`)
	where = eval[float64](operator, top)
	arrive(1)
	operator.sees("[data-live-new]", "1 new")
	stays(where)
	operator.press(kb.ArrowDown)
	operator.until(`document.activeElement === document.querySelectorAll("[data-rows] a")[1]`)
	operator.press(kb.Escape)
	operator.until(rows + " === 14 && document.querySelector('[data-live-new]').hidden")
}

// hover moves the pointer onto an element and leaves it there.
func (p *tab) hover(selector string) {
	p.Helper()
	at := fmt.Sprintf(point, literal(selector))
	p.until(settled + " && " + at)
	xy := eval[[]float64](p, at)
	call(p, input.DispatchMouseEvent, input.DispatchMouseEventParams{Type: input.DispatchMouseEventTypeMouseMoved, X: xy[0], Y: xy[1]})
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
			operator.click(".ask summary")
			operator.sees(".ask", "1 thing worth €5.00", "can’t be undone")
			operator.follow(".ask form button")
			operator.sees("main", "revoked")
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
