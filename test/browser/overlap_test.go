package browser

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"
)

// overlapping lists pairs of controls of which one covers a part of the other. A
// button that is wholly inside a field belongs there.
const overlapping = `(controls => controls.flatMap((a, i) => controls.slice(i + 1).flatMap(b => {
	const r = a.getBoundingClientRect(), s = b.getBoundingClientRect();
	const wide = Math.min(r.right, s.right) - Math.max(r.left, s.left), high = Math.min(r.bottom, s.bottom) - Math.max(r.top, s.top);
	const inside = wide >= Math.min(r.width, s.width) && high >= Math.min(r.height, s.height);
	return wide > 1 && high > 1 && !inside ? [a.outerHTML.slice(0, 80) + " and " + b.outerHTML.slice(0, 80)] : [];
})))([...document.querySelectorAll("main a, main button, main input, header a, header button, header input")]
	.filter(e => e.checkVisibility({ visibilityProperty: true }) && e.type !== "hidden"))`

// TestControlsDoNotOverlap at any width, with JavaScript and without.
func TestControlsDoNotOverlap(t *testing.T) {
	t.Parallel()
	shop := openShop(t)
	shop.longNames()
	p := newVisitor(t).browse(shop)
	p.open("/")
	p.put(append(threeLines, line{"long-words", 2}, line{"long-word", 1})...)
	check := func() {
		for _, path := range []string{"/", "/products/long-word", "/cart", "/checkout", "/session"} {
			p.open(path)
			for _, w := range widths {
				p.resize(w, 900)
				if pairs := eval[[]string](p, overlapping); len(pairs) > 0 {
					t.Errorf("%s at %d px: %s", path, w, strings.Join(pairs, "\n"))
				}
			}
		}
	}
	check()
	p.switchOff()
	check()
}

// TestMessagesDoNotCoverTheFocus, wherever on the screen it is (WCAG 2.2, 2.4.11).
func TestMessagesDoNotCoverTheFocus(t *testing.T) {
	t.Parallel()
	p := newVisitor(t).browse(openShop(t))
	p.open("/")
	p.put(threeLines...)
	p.resize(320, 500)
	p.open("/cart")
	p.fill("#quantity-notebook", "5")
	eval[any](p, `scrollBy(0, document.activeElement.getBoundingClientRect().bottom - innerHeight)`)
	p.press(kb.Enter)
	p.sees("#slip", "5 in your cart")
	if !eval[bool](p, `document.activeElement.getBoundingClientRect().bottom <= document.querySelector("#slip").getBoundingClientRect().top`) {
		t.Error("the message covers the field that it is about")
	}
}
