package browser

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// TestPurchaseByKeyboard uses no mouse: from the skip link to the receipt.
func TestPurchaseByKeyboard(t *testing.T) {
	t.Parallel()
	_, p := visit(t)
	p.open("/")
	p.skip()
	p.tabTo(`a[href="/products/enamel-mug"]`) // the first thing after the skip link's target, the sorting aside

	p.open("/")
	p.tabTo("#q")
	p.press("twine")
	p.leave(func() { p.press(kb.Enter) })
	p.skip()
	p.tabTo(`a[href="/products/twine"]`)
	p.leave(func() { p.press(kb.Enter) })
	p.skip()
	p.tabTo("#quantity")
	p.press("2") // Tab has selected the 1
	p.tabTo("#add")
	p.press(kb.Enter)
	p.counts(2)
	p.sees("main", "2 in your cart")
	p.focused("#add")
	p.tabTo(`.have a[href="/cart"]`)
	p.leave(func() { p.press(kb.Enter) })
	p.keyCart()
	p.keyCheckout()
}

// keyCart changes a quantity, takes the line out and brings it back; the focus
// stays where the next key is wanted.
func (p *tab) keyCart() {
	p.Helper()
	p.skip()
	p.tabTo("#more-twine")
	p.press(" ")
	p.counts(3)
	p.holds("twine 3")
	p.focused("#more-twine")
	p.press(kb.Enter)
	p.counts(4)
	p.holds("twine 4")
	p.tabBackTo("#quantity-twine")
	p.press("6" + kb.Enter)
	p.counts(6)
	p.holds("twine 6")
	p.focused("#quantity-twine")
	p.tabTo("#remove-twine")
	p.press(kb.Enter)
	p.counts(0)
	p.sees("main", "Nothing here yet")
	p.focused(undoButton)
	p.press(kb.Enter)
	p.counts(6)
	p.holds("twine 6")
	p.tabTo(`a[href="/checkout"]`)
	p.leave(func() { p.press(kb.Enter) })
}

// keyCheckout sends the form with Enter, comes back from the error summary, and
// places the order.
func (p *tab) keyCheckout() {
	p.Helper()
	p.watch.pardon("status of 422")
	p.skip()
	p.tabTo("#name")
	p.press("Ada Lovelace" + kb.Tab)
	p.focused("#email")
	p.press("ada")
	p.leave(func() { p.press(kb.Enter) })
	p.focused("#errors")
	p.tabTo(`#errors a[href="#email"]`)
	p.press(kb.Enter)
	p.focused("#email")
	p.press(kb.End + "@example.org")
	p.tabTo("#address")
	p.press("12 St James’s Square\rFirst floor")
	for _, field := range [][2]string{{"#postcode", "SW1Y 4JH"}, {"#town", "London"}, {"#country", "England"}} {
		p.tabTo(field[0])
		p.press(field[1])
	}
	p.tabTo(`.fields button[type="submit"]`)
	p.leave(func() { p.press(kb.Enter) })
	p.sees("main", "Thank you, Ada Lovelace", "ada@example.org", "€30.00")
	p.skip()
	p.tabTo("[data-print]")
}

// TestPurchaseByKeyboardWithoutJavaScript: the same keys, more pages.
func TestPurchaseByKeyboardWithoutJavaScript(t *testing.T) {
	t.Parallel()
	p := newVisitor(t).browse(openShop(t))
	p.switchOff()
	p.open("/products/twine")
	p.tabTo("#quantity")
	p.press("2")
	p.leave(func() { p.press(kb.Enter) })
	p.holds("twine 2")
	p.tabTo("#quantity-twine")
	p.press("5")
	p.tabTo(".set")
	p.leave(func() { p.press(kb.Enter) })
	p.holds("twine 5")
	p.tabTo(`a[href="/checkout"]`)
	p.leave(func() { p.press(kb.Enter) })
	p.tabTo("#name")
	p.press("Ada Lovelace" + kb.Tab + "ada@example.org" + kb.Tab + "12 St James’s Square" + kb.Tab +
		"SW1Y 4JH" + kb.Tab + "London" + kb.Tab + "England" + kb.Tab)
	p.focused(`.fields button[type="submit"]`)
	p.leave(func() { p.press(kb.Enter) })
	p.sees("main", "Thank you, Ada Lovelace", "€25.00")
}

// TestAnswersDoNotDisturbTyping: the answer to one key press arrives while the next
// field is in use. What is selected stays selected. A number that is being typed is
// left alone, and sent when the field is left.
func TestAnswersDoNotDisturbTyping(t *testing.T) {
	t.Parallel()
	p := newVisitor(t).browse(openShop(t))
	p.open("/products/twine")
	p.fill("#quantity", "2"+kb.Enter)
	p.sees("main", "2 in your cart")
	p.press(kb.Tab) // which adds nothing
	p.follow(".to-cart")
	p.holds("twine 2")
	p.connection(false, 200)
	onTo := func() {
		p.click("#more-twine")
		p.tabBackTo("#quantity-twine")
		eval[bool](p, `document.querySelector("#quantity-twine").old = true`)
	}
	onTo()
	p.until(`!document.querySelector("#quantity-twine").old`)
	p.focused("#quantity-twine")
	p.press("6" + kb.Enter) // in place of the 3
	p.holds("twine 6")
	p.counts(6)
	p.sees(".summary", "6 things")
	onTo()
	p.press("1")
	p.counts(7)
	p.press("2" + kb.Tab)
	p.counts(12)
	p.sees(".summary", "12 things")
	p.holds("twine 12")
}

// TestANumberTypedAndTakenBackHoldsNothingUp: what came meanwhile shows when the
// field is left.
func TestANumberTypedAndTakenBackHoldsNothingUp(t *testing.T) {
	t.Parallel()
	p := newVisitor(t).browse(openShop(t))
	p.open("/")
	p.put(line{"twine", 2}, line{"tote", 1})
	p.open("/cart")
	p.fill("#quantity-twine", "29")
	other := p.another()
	other.open("/cart")
	other.click("#more-tote")
	p.counts(4)
	p.holds("twine 29, tote 1")
	p.press(kb.Backspace + kb.Tab)
	p.holds("twine 2, tote 2")
	p.sees(".summary", "4 things")
}

// skip uses the skip link, the first stop of a page, and lands in its content.
func (p *tab) skip() {
	p.Helper()
	p.open(eval[string](p, "location.pathname + location.search"))
	p.press(kb.Tab)
	p.focused(".skip")
	if !eval[bool](p, "document.activeElement.getBoundingClientRect().top >= 0") {
		p.Error("the skip link has the focus and cannot be seen")
	}
	p.press(kb.Enter)
	p.focused("#main")
}

// focused waits until the focus is on an element.
func (p *tab) focused(selector string) {
	p.Helper()
	p.until("document.activeElement.matches(" + literal(selector) + ")")
}

// maxStops is how often Tab may be pressed on the way to something.
const maxStops = 80

// tabTo presses Tab until an element has the focus. Every stop on the way must
// show that it has it.
func (p *tab) tabTo(selector string) {
	p.Helper()
	p.tabUntil(selector, chromedp.ModifierNone)
}

// tabBackTo is tabTo the other way round.
func (p *tab) tabBackTo(selector string) {
	p.Helper()
	p.tabUntil(selector, chromedp.ModifierShift)
}

func (p *tab) tabUntil(selector string, held chromedp.Modifier) {
	p.Helper()
	for range maxStops {
		p.pressWith(held, kb.Tab)
		if hidden := eval[string](p, hiddenFocus); hidden != "" {
			p.Errorf("%s: the focus cannot be seen on %s", eval[string](p, "location.pathname"), hidden)
		}
		if eval[bool](p, "document.activeElement.matches("+literal(selector)+")") {
			return
		}
	}
	p.Fatalf("%d presses of Tab do not reach %s\n%s", maxStops, selector, p.describe())
}

// hiddenFocus describes the element with the focus where nobody could tell that it
// has it: without an outline, out of the window, or below something else. The
// link of a card puts the outline around the card's picture.
var hiddenFocus = fmt.Sprintf(`(e => {
	if (e === document.body) return "";
	const outlined = (x) => {
		const s = getComputedStyle(x);
		return s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2;
	};
	const picture = e.closest(".card")?.querySelector(".tile");
	const r = e.getClientRects()[0];
	const inside = r && r.bottom > 0 && r.top < innerHeight && r.right > 0 && r.left < innerWidth;
	const top = inside && document.elementFromPoint(%s, %s);
	const why = !outlined(e) && !(picture && outlined(picture)) ? "no outline"
		: !inside ? "outside the window"
		: !e.contains(top) ? "covered by " + top?.outerHTML.slice(0, 80) : "";
	return why && why + ": " + e.outerHTML.slice(0, 160);
})(document.activeElement)`,
	"Math.min(Math.max(r.left + r.width / 2, 0), innerWidth - 1)", "Math.min(Math.max(r.top + r.height / 2, 0), innerHeight - 1)")
