package browser

import (
	"fmt"
	"syscall"
	"testing"
	"time"
)

// TestCartSurvivesARestart stops the server as an operator does, and kills it,
// each time with a page of it open in a browser.
func TestCartSurvivesARestart(t *testing.T) {
	t.Parallel()
	shop, p := visit(t)
	p.open("/products/enamel-mug")
	p.fill("#quantity", "3")
	p.click("#add")
	p.counts(3)
	cookie := p.cookie()
	p.until(fmt.Sprintf("Date.now() >= %d", time.Now().Truncate(time.Second).Add(time.Second).UnixMilli())) // what the session's page tells apart
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		shop.stop(sig)
		shop.start()
		p.open("/cart")
		p.holds("enamel-mug 3")
		p.counts(3)
	}
	p.click("#more-enamel-mug")
	p.counts(4)
	p.holds("enamel-mug 4")
	if got := p.cookie(); got.Value != cookie.Value {
		t.Error("the restarts changed the cookie")
	}
	p.open("/session")
	p.sees("main", "it survived a restart")
}

// TestAddIsKeptWhenTheServerIsKilled kills the server right after it has answered:
// what a visitor has seen in the cart is on the disk.
func TestAddIsKeptWhenTheServerIsKilled(t *testing.T) {
	t.Parallel()
	shop, p := visit(t)
	p.watch.pardon("net::ERR_") // for what the page asks for while nobody answers
	p.open("/?category=kitchen")
	p.click(`form:has([value="tea-towel"]) button`)
	p.counts(1)
	shop.stop(syscall.SIGKILL)
	shop.start()
	p.click(`form:has([value="tea-towel"]) button`) // on the page of before
	p.counts(2)
	p.open("/cart")
	p.holds("tea-towel 2")
}

// TestAddWaitsForTheServer presses Add while the server is down: the page tries
// until it is back.
func TestAddWaitsForTheServer(t *testing.T) {
	t.Parallel()
	shop, p := visit(t)
	p.watch.pardon("net::ERR_")
	p.open("/products/clay-pot")
	shop.stop(syscall.SIGTERM)
	p.click("#add")
	shop.start()
	p.counts(1)
	p.open("/cart")
	p.holds("clay-pot 1")
}

// TestClosingTheBrowser: the cart is still there afterwards, unless its owner has
// said that it should not be.
func TestClosingTheBrowser(t *testing.T) {
	t.Parallel()
	shop := openShop(t)
	v := newOwner(t)
	p := v.browse(shop)
	p.add("flask")
	if c := p.cookie(); c == nil || c.Session {
		t.Errorf("the cookie is %+v, want one that outlives the browser", c)
	}

	v.quit()
	p = v.browse(shop)
	p.open("/cart")
	p.holds("flask 1")
	p.open("/session")
	p.sees("main", "Kept after you close the browser.")
	p.follow(`button[value="off"]`)
	p.sees("main", "Ends when you close the browser.")
	if c := p.cookie(); c == nil || !c.Session {
		t.Errorf("the cookie is %+v, want one that ends with the browser", c)
	}
	p.open("/cart")
	p.holds("flask 1")

	v.quit()
	p = v.browse(shop)
	if c := p.cookie(); c != nil {
		t.Errorf("the cookie is %+v, want none", c)
	}
	p.open("/cart")
	p.sees("main", "Nothing here yet")
}

// TestRememberedAgain: the last word counts.
func TestRememberedAgain(t *testing.T) {
	t.Parallel()
	shop := openShop(t)
	v := newOwner(t)
	p := v.browse(shop)
	p.add("flask")
	p.open("/session")
	p.follow(`button[value="off"]`)
	p.follow(`button[value="on"]`)

	v.quit()
	p = v.browse(shop)
	p.open("/cart")
	p.holds("flask 1")
}
