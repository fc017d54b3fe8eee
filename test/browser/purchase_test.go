package browser

import (
	"regexp"
	"testing"

	"github.com/chromedp/chromedp/kb"
)

func TestPurchase(t *testing.T) {
	t.Parallel()
	_, p := visit(t)
	p.prefers("prefers-reduced-motion", "no-preference")
	p.buy()
}

func TestPurchaseWithoutJavaScript(t *testing.T) {
	t.Parallel()
	_, p := visit(t)
	p.switchOff()
	p.buy()
}

// TestPurchaseAtFourHundredPercent: a window of 1280 by 1024 pixels shows 320 by 256
// of a page that is magnified so (WCAG 2.2, 1.4.10).
func TestPurchaseAtFourHundredPercent(t *testing.T) {
	t.Parallel()
	for name, plain := range map[string]bool{"with JavaScript": false, "without": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newVisitor(t).browse(openShop(t))
			if plain {
				p.switchOff()
			}
			p.resize(320, 256)
			p.buy()
		})
	}
}

// buy goes the whole way from the front page to the receipt.
func (p *tab) buy() {
	p.Helper()
	p.lookAround()
	p.fillCart()
	p.changeCart()
	p.checkOut()
}

// undoButton is in the message on the page, and with JavaScript in that at its foot.
const undoButton = "#undo, #slip button"

// change presses a button that changes the cart: with JavaScript the page stays.
func (p *tab) change(selector string) {
	p.Helper()
	if p.plain {
		p.follow(selector)
		return
	}
	eval[bool](p, "window.stayed = true")
	p.click(selector)
}

// stayed fails the test where a page with JavaScript was loaded anew.
func (p *tab) stayed() {
	p.Helper()
	if !p.plain && !eval[bool](p, "window.stayed === true") {
		p.Error("the page was loaded anew")
	}
}

// lookAround goes along a shelf and searches.
func (p *tab) lookAround() {
	p.Helper()
	p.open("/")
	p.counts(0)
	p.follow(`.shelves a[href="/?category=kitchen"]`)
	p.sees("h1", "Kitchen")
	p.sees("main", "6 products", "Enamel mug", "Pepper mill")
	p.fill("#q", "mug")
	p.leave(func() { p.press(kb.Enter) })
	p.sees("h1", "mug")
	p.sees("main", "1 product", "Enamel mug")
}

// fillCart adds two mugs on their page, and a towel and a notebook from shelves.
func (p *tab) fillCart() {
	p.Helper()
	p.follow(`a[href="/products/enamel-mug"]`)
	p.sees("main", "Enamel mug", "€18.50", "48 left")
	p.fill("#quantity", "2")
	p.change("#add")
	p.counts(2)
	p.stayed()
	p.open("/?category=kitchen")
	p.change(`form:has([value="tea-towel"]) button`)
	p.counts(3)
	p.stayed()
	p.open("/?category=desk")
	p.change(`form:has([value="notebook"]) button`)
	p.counts(4)
	p.stayed()
}

// changeCart changes quantities by button and by typing, takes a line out, and
// brings it back.
func (p *tab) changeCart() {
	p.Helper()
	if !p.plain {
		p.follow(".to-cart")
	}
	p.at("/cart")
	p.holds("enamel-mug 2, tea-towel 1, notebook 1")
	p.change("#more-enamel-mug")
	p.counts(5)
	p.holds("enamel-mug 3, tea-towel 1, notebook 1")
	p.change("#less-enamel-mug")
	p.counts(4)
	p.fill("#quantity-tea-towel", "5")
	if p.plain {
		p.follow("form:has(#quantity-tea-towel) .set")
	} else {
		p.press(kb.Enter)
	}
	p.counts(8)
	p.sees(".summary", "8 things", "€96.00")
	p.change("#remove-notebook")
	p.counts(7)
	p.holds("enamel-mug 2, tea-towel 5")
	p.sees("body", "removed", "Undo")
	p.change(undoButton)
	p.counts(8)
	p.holds("enamel-mug 2, tea-towel 5, notebook 1")
	p.stayed()
}

var orderPath = regexp.MustCompile(`^/orders/[0-9A-HJKMNP-TV-Z-]{12,}$`)

// checkOut sends a wrong email first, then places the order.
func (p *tab) checkOut() {
	p.Helper()
	p.watch.pardon("status of 422")
	p.follow(`a[href="/checkout"]`)
	p.fill("#name", "Ada Lovelace")
	p.fill("#email", "ada at example")
	p.fill("#address", "12 St James’s Square\nFirst floor")
	p.fill("#postcode", "SW1Y 4JH")
	p.fill("#town", "London")
	p.fill("#country", "England")
	p.follow(`.fields button[type="submit"]`)
	if got := p.status(); got != 422 {
		p.Errorf("status %d for a wrong email, want 422", got)
	}
	p.sees("#errors", "mail address")
	p.until(`document.activeElement.id === "errors"`)
	if got, want := p.values("#name", "#email", "#address", "#town"), "Ada Lovelace|ada at example|12 St James’s Square\nFirst floor|London"; got != want {
		p.Errorf("what was typed is now %q, want %q", got, want)
	}
	p.click("#errors a")
	p.until(`document.activeElement.id === "email"`)
	p.fill("#email", "ada@example.org")
	p.follow(`.fields button[type="submit"]`)
	p.seesReceipt()
}

// values returns what fields hold, with bars between.
func (p *tab) values(selectors ...string) (all string) {
	p.Helper()
	for i, s := range selectors {
		if i > 0 {
			all += "|"
		}
		all += eval[string](p, "document.querySelector("+literal(s)+").value")
	}
	return all
}

// seesReceipt checks the page of the order, and that it can be opened again.
func (p *tab) seesReceipt() {
	p.Helper()
	path := eval[string](p, "location.pathname")
	if !orderPath.MatchString(path) {
		p.Fatalf("after the order the tab is on %s\n%s", path, p.describe())
	}
	p.sees("main", "Thank you, Ada Lovelace", path[len("/orders/"):], "€96.00", "ada@example.org", "London")
	p.counts(0)
	p.follow(".to-cart")
	p.sees("main", "Nothing here yet")
	p.open(path)
	p.sees("main", "Thank you, Ada Lovelace", "Tea towel", "5 × €9.00 €45.00")
	if got := p.server.value("SELECT count(*) || ' ' || sum(total) FROM orders"); got != "1 9600" {
		p.Errorf("orders in the table: %s, want 1 9600", got)
	}
}
