package browser

import (
	"testing"

	"github.com/chromedp/chromedp/kb"
)

// TestEveryPressAnswersAtOnce: with a slow connection the page shows what a press does
// before the shop has answered.
func TestEveryPressAnswersAtOnce(t *testing.T) {
	t.Parallel()
	_, p := visit(t)
	const add = `form:has([value="enamel-mug"]) button`
	p.open("/?category=kitchen")
	p.connection(false, 2000)
	p.clickShows(add, textOf(add)+`.startsWith("In cart 1 +") && `+textOf(".to-cart b")+` === "1" && `+waiting)
	p.counts(1)
	p.sees("#slip", "Enamel mug added. 1 thing in your cart.", "View cart")
	p.clickShows(add, `document.querySelector("form[aria-busy]") && `+waiting)
	p.counts(2)

	p.open("/cart")
	p.clickShows("#more-enamel-mug", textOf(".to-cart b")+` === "3" && `+waiting)
	p.counts(3)
	p.clickShows("#remove-enamel-mug", `document.querySelector(".line").hidden && `+textOf("#slip")+`.startsWith("Enamel mug removed.") && `+waiting)
	p.counts(0)
	p.click(undoButton)
	p.holds("enamel-mug 3")

	p.open("/session")
	p.leave(func() { p.clickShows(`[action="/session/renew"] button`, `document.querySelector("form[aria-busy]")`) })
}

// waiting: the shop has not answered all presses.
const waiting = `document.body.matches("[data-pending]")`

// clickShows clicks an element, and waits until the page has shown something, for however
// short a time.
func (p *tab) clickShows(selector, expression string) {
	p.Helper()
	eval[bool](p, `sessionStorage.clear(), new MutationObserver(() => { if (`+expression+`) sessionStorage.shown = 1; })
		.observe(document, { subtree: true, childList: true, attributes: true, characterData: true }), true`)
	p.click(selector)
	p.until("sessionStorage.shown")
}

// TestWhatTheShopRefusesIsTakenBack.
func TestWhatTheShopRefusesIsTakenBack(t *testing.T) {
	t.Parallel()
	shop, p := visit(t)
	p.watch.pardon("status of 422")
	p.open("/?category=kitchen")
	shop.exec("UPDATE products SET stock = 0 WHERE sku = 'enamel-mug'")
	shop.await("/products/enamel-mug", "Sold out")
	const add = `form:has([value="enamel-mug"]) button`
	p.click(add)
	p.sees("#slip", "sold out")
	p.counts(0)
	p.sees(add, "Add")
}

// TestAWrongNumberIsExplainedAtItsField, and what was typed stays.
func TestAWrongNumberIsExplainedAtItsField(t *testing.T) {
	t.Parallel()
	_, p := visit(t)
	p.watch.pardon("status of 422")
	p.add("twine")
	p.open("/cart")
	p.fill("#quantity-twine", "abc")
	p.leave(func() { p.press(kb.Enter) })
	p.sees(".line .wrong", "Enter a number from 1 to 20")
	p.focused(`#quantity-twine[aria-invalid="true"]`)
	if got := p.values("#quantity-twine"); got != "abc" {
		t.Errorf("what was typed is now %q", got)
	}
}

// TestRemovalMovesNothingButTheLine: one message with Undo, and the list keeps its place.
func TestRemovalMovesNothingButTheLine(t *testing.T) {
	t.Parallel()
	_, p := visit(t)
	p.open("/")
	p.put(line{"twine", 2}, line{"tote", 1})
	p.open("/cart")
	const top = `document.querySelector(".lines").getBoundingClientRect().top + scrollY`
	before := eval[float64](p, top)
	p.click("#remove-tote")
	p.counts(2)
	p.holds("twine 2")
	if after := eval[float64](p, top); after != before {
		t.Errorf("the list went from %v to %v", before, after)
	}
	if got := eval[int](p, `document.querySelectorAll(".message").length`); got != 0 {
		t.Errorf("%d more messages beside the one with Undo", got)
	}
	p.sees("#slip", "Tote removed. 2 things in your cart.", "Undo")
}

// TestARevokedSessionIsSaidAtOnce, without trying again.
func TestARevokedSessionIsSaidAtOnce(t *testing.T) {
	t.Parallel()
	shop, p := visit(t)
	p.watch.pardon("status of 409")
	p.add("twine")
	p.open("/cart")
	shop.exec("INSERT INTO ended_sessions (token, ended_at) SELECT token, 1000 * unixepoch() FROM sessions")
	shop.exec("DELETE FROM sessions")
	p.click("#more-twine")
	p.sees("#slip", "Your session")
}

// TestAPriceIsNeverBroken: in a card on a phone, and in the cart.
func TestAPriceIsNeverBroken(t *testing.T) {
	t.Parallel()
	shop, p := visit(t)
	shop.exec("UPDATE products SET price = 99999999900 WHERE sku = 'twine'")
	shop.await("/products/twine", "€999,999,999.00")
	p.open("/")
	p.put(line{"twine", 1})
	for _, path := range []string{"/?category=garden", "/cart", "/products/twine"} {
		p.open(path)
		p.resize(360, 800)
		const broken = `[...document.querySelectorAll("main :is(.price, .each, .total)")].filter(e => {
			const range = document.createRange();
			range.selectNodeContents(e);
			return new Set([...range.getClientRects()].map(r => Math.round(r.top))).size > 1;
		}).map(e => e.textContent)`
		if got := eval[[]string](p, broken); len(got) > 0 {
			t.Errorf("%s: %q on two lines", path, got)
		}
		if wide := eval[[]string](p, tooWide); len(wide) > 0 {
			t.Errorf("%s: wider than the window: %v", path, wide)
		}
	}
}

// TestTheAccentIsOnTheOneThingToDoNext, never on the link to where one is.
func TestTheAccentIsOnTheOneThingToDoNext(t *testing.T) {
	t.Parallel()
	shop, p := visit(t)
	p.watch.pardon("status of 422")
	accented := func(want string) {
		t.Helper()
		const all = `(probe => {
			document.body.append(probe);
			probe.style.background = "var(--accent)";
			const accent = getComputedStyle(probe).backgroundColor;
			probe.remove();
			return [...document.querySelectorAll("body *")].filter(e =>
				e.checkVisibility() && getComputedStyle(e).backgroundColor === accent).map(e => e.innerText).join(", ");
		})(document.createElement("i"))`
		if got := eval[string](p, all); got != want {
			t.Errorf("%s: the accent is on %q, want %q", eval[string](p, "location.pathname"), got, want)
		}
	}
	p.open("/")
	p.put(line{"twine", 1})
	p.open("/products/twine")
	accented("Add to cart")
	p.open("/session")
	accented("1")
	p.open("/cart")
	accented("Go to checkout")
	shop.exec("UPDATE products SET stock = 0 WHERE sku = 'twine'")
	shop.await("/products/twine", "Sold out")
	p.open("/cart")
	accented("")
	p.fill("#quantity-twine", "abc")
	p.leave(func() { p.press(kb.Enter) })
	p.sees(".line .wrong", "number")
	accented("")
}
