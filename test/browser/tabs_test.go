package browser

import (
	"fmt"
	"testing"

	"github.com/chromedp/cdproto/input"
)

// TestTwoTabsShareOneCart adds in both, one right after the other.
func TestTwoTabsShareOneCart(t *testing.T) {
	t.Parallel()
	_, one := visit(t)
	one.open("/products/twine")
	one.click("#add") // so that both have the same session
	one.counts(1)
	other := one.another()
	other.open("/products/clay-pot")
	other.counts(1)

	const add = `document.querySelector("#add").click(), true`
	eval[bool](one, add)
	eval[bool](other, add)
	eval[bool](one, add)
	one.counts(4)
	other.counts(4)
	one.open("/cart")
	one.holds("twine 3, clay-pot 1")

	other.click("#add")
	one.counts(5)
	one.holds("twine 3, clay-pot 2") // the cart's page follows what the other tab does
}

// TestPressOutlastsAChangeOfThePage: the page hears of another tab while a button is
// held down. The button does its work when it is released.
func TestPressOutlastsAChangeOfThePage(t *testing.T) {
	t.Parallel()
	_, one := visit(t)
	one.add("twine")
	one.open("/cart")
	mouse := input.DispatchMouseEventParams{Type: input.DispatchMouseEventTypeMousePressed, Button: input.MouseButtonLeft, ClickCount: 1}
	xy := eval[[]float64](one, fmt.Sprintf(point, literal("#more-twine")))
	mouse.X, mouse.Y = xy[0], xy[1]
	call(one, input.DispatchMouseEvent, mouse)
	other := one.another()
	other.open("/products/clay-pot")
	other.click("#add")
	one.counts(2)
	// The page asks for its new content before these two answers.
	eval[bool](one, `window.after = false, fetch("/cart").then(() => fetch("/cart")).then(() => { after = true }), true`)
	one.until("after")
	mouse.Type = input.DispatchMouseEventTypeMouseReleased
	call(one, input.DispatchMouseEvent, mouse)
	one.counts(3)
	one.holds("twine 2, clay-pot 1")
}

// TestLateWordFromAnotherTab: what other tabs say is a reason to look, not to
// believe. Their word may be older than what this tab knows.
func TestLateWordFromAnotherTab(t *testing.T) {
	t.Parallel()
	_, one := visit(t)
	one.add("twine")
	eval[bool](one, `window.heard = false, new BroadcastChannel("cart").onmessage = () => { heard = true }, true`)
	other := one.another()
	other.open("/")
	eval[bool](other, `new BroadcastChannel("cart").postMessage(7), true`)
	one.until("heard")
	one.counts(1)
}

// TestTwoTabsShareOneCartWithoutJavaScript: nothing but the server sees to it.
func TestTwoTabsShareOneCartWithoutJavaScript(t *testing.T) {
	t.Parallel()
	_, one := visit(t)
	one.switchOff()
	other := one.another()
	other.switchOff()
	one.open("/products/twine")
	one.follow("#add")
	one.open("/products/twine")
	other.open("/products/clay-pot")
	one.follow("#add")
	other.follow("#add")
	other.holds("twine 2, clay-pot 1")
	other.counts(3)
	one.open("/cart")
	one.holds("twine 2, clay-pot 1")
}

// TestStaleCheckoutPlacesNothing changes a price while the checkout is open.
func TestStaleCheckoutPlacesNothing(t *testing.T) {
	t.Parallel()
	shop, p := visit(t)
	p.add("twine")
	p.open("/checkout")
	p.contact()
	shop.exec("UPDATE products SET price = 725 WHERE sku = 'twine'")
	shop.await("/products/twine", "€7.25")

	p.watch.pardon("status of 409")
	p.follow(`.fields button[type="submit"]`)
	p.stale("Twine 1 at €5.00 1 at €7.25")
	if got := shop.value("SELECT count(*) FROM orders"); got != "0" {
		t.Errorf("%s orders were placed, want none", got)
	}
	p.follow(`.fields button[type="submit"]`)
	p.sees("main", "Thank you, Grace Hopper", "1 × €7.25")
}

// TestCheckoutInAnotherTab changes the cart beside an open checkout, and then
// places the order twice.
func TestCheckoutInAnotherTab(t *testing.T) {
	t.Parallel()
	shop, p := visit(t)
	p.add("twine")
	p.open("/checkout")
	p.contact()
	other := p.another()
	other.open("/products/clay-pot")
	other.click("#add")
	other.counts(2)

	p.watch.pardon("status of 409")
	p.follow(`.fields button[type="submit"]`)
	p.stale("Clay pot not in your cart 1 at €8.00")
	other.open("/checkout")
	p.follow(`.fields button[type="submit"]`)
	p.sees("main", "Thank you, Grace Hopper")
	other.follow(`.fields button[type="submit"]`)
	other.sees("main", "Thank you, Grace Hopper")
	if here, there := eval[string](p, "location.href"), eval[string](other, "location.href"); here != there {
		t.Errorf("two submits of one cart led to %s and %s", here, there)
	}
	if got := shop.value("SELECT count(*) FROM orders"); got != "1" {
		t.Errorf("%s orders were placed, want 1", got)
	}
}

// contact fills in the form of the checkout.
func (p *tab) contact() {
	p.Helper()
	p.fill("#name", "Grace Hopper")
	p.fill("#email", "grace@example.org")
	p.fill("#address", "1 Harbour Road")
	p.fill("#postcode", "22202")
	p.fill("#town", "Arlington")
	p.fill("#country", "Virginia")
}

// stale checks the page of status 409.
func (p *tab) stale(difference string) {
	p.Helper()
	if got := p.status(); got != 409 {
		p.Errorf("status %d, want 409", got)
	}
	p.sees("#differences", "Nothing has been placed", difference)
	if !p.plain {
		p.until(`document.activeElement.id === "differences"`)
	}
	if got, want := p.values("#name", "#email", "#address", "#town"), "Grace Hopper|grace@example.org|1 Harbour Road|Arlington"; got != want {
		p.Errorf("what was typed is now %q, want %q", got, want)
	}
}

// TestGoingBackShowsTheCartOfNow: neither the browser's cache nor its history
// shows a count of before.
func TestGoingBackShowsTheCartOfNow(t *testing.T) {
	t.Parallel()
	_, p := visit(t)
	p.open("/")
	p.follow(`a[href="/products/enamel-mug"]`)
	p.click("#add")
	p.counts(1)
	eval[bool](p, "history.back(), true")
	p.at("/")
	p.counts(1)
	eval[bool](p, "history.forward(), true")
	p.at("/products/enamel-mug")
	p.counts(1)
	p.sees("main", "1 in your cart")
}
