package browser

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// line is a line of a cart.
type line struct {
	sku      string
	quantity int
}

// tour shows every page of the shop and of the back office, one after the other,
// each with what it looks like in the middle of a purchase. fill puts something
// into the cart.
func (p *tab) tour(fill func(), show func(name string)) {
	p.Helper()
	p.watch.pardon("status of 404")
	p.watch.pardon("status of 422")
	p.watch.pardon("status of 409")
	visit := func(name, path string) {
		p.Helper()
		p.open(path)
		show(name)
	}
	visit("cart-empty", "/cart")
	visit("session-none", "/session")
	visit("search-none", "/?q=piano")
	fill()
	visit("catalogue", "/")
	visit("shelf", "/?category=kitchen")
	visit("product", "/products/bread-knife")
	visit("product-sold-out", "/products/umbrella")
	visit("cart", "/cart")
	visit("error", "/nothing/here")
	p.tourCheckout(show)
	visit("session", "/session")
	p.open("/session")
	p.fill("#key", "Not a key")
	p.follow(".tell button")
	show("session-errors")
	p.tourOffice(show)
}

// tourOffice shows the back office: its front page, and those pages of ours that
// its header and its tables lead to.
func (p *tab) tourOffice(show func(name string)) {
	p.Helper()
	visit := func(name, url string) {
		p.Helper()
		p.navigate(url)
		p.until(settled)
		show(name)
	}
	p.enterInspector()
	visit("inspector", p.server.ops+"/sessions")
	const links = `[...new Set([...document.querySelectorAll("header a, table a")].map(a => a.href))]
		.filter(href => href.startsWith(location.origin) && href !== location.href && !/[?]|(metrics|readyz|debug.*)$/.test(href))`
	for i, url := range eval[[]string](p, links) {
		visit(fmt.Sprintf("inspector-%d", i+2), url)
	}
}

// tourCheckout shows the checkout in its three states, and the receipt.
func (p *tab) tourCheckout(show func(name string)) {
	p.Helper()
	const send = `.fields button[type="submit"]`
	p.open("/checkout")
	show("checkout")
	p.follow(send)
	show("checkout-errors")
	p.contact()
	p.server.exec("UPDATE products SET price = price + 50")
	p.server.await("/products/twine", "€5.50")
	p.follow(send)
	show("checkout-changed")
	p.follow(send)
	p.sees("main", "Thank you")
	show("order")
	p.put(line{"twine", 2}, line{"clay-pot", 1}, line{"tote", 1}) // so that the session has a cart again
}

// put puts things into the cart, without the detour of a page for each.
func (p *tab) put(lines ...line) {
	p.Helper()
	const add = `fetch("/cart/items", { method: "POST", body: new URLSearchParams({ sku: %s, quantity: %d }) }).then(r => r.ok)`
	for _, l := range lines {
		ok, err := chromedp.Run(p.ctx, chromedp.Evaluate[bool](fmt.Sprintf(add, literal(l.sku), l.quantity), chromedp.EvalAwaitPromise))
		if err != nil || !ok {
			p.Fatalf("adding %d %s: %v, %v", l.quantity, l.sku, ok, err)
		}
	}
}

// tell sets a value on the session's page.
func (p *tab) tell(key, value string) {
	p.Helper()
	p.open("/session")
	p.fill("#key", key)
	p.paste("#value", value)
	p.follow(".tell button")
}

// longNames puts products on the shelves whose names are as long as they get: of
// words, and of one word.
func (s *server) longNames() {
	s.Helper()
	words := "A very large and very heavy round copper preserving pan with two riveted handles"
	word := strings.Repeat("Donaudampfschifffahrt", 4)[:80]
	s.exec(`INSERT INTO products (sku, name, description, category, price, stock, position) VALUES
		('long-words', ?, 'Holds jam.', 'kitchen', 123456789, 40, 1), ('long-word', ?, ?, 'kitchen', 100, 3, 2)`, words, word, word+word)
	s.await("/", "preserving pan")
}

// everything returns a line of each product that is in stock, 24 of them and more.
func (s *server) everything() (lines []line) {
	s.Helper()
	skus := s.value("SELECT group_concat(sku) FROM (SELECT sku FROM products WHERE stock > 0 ORDER BY position)")
	for sku := range strings.SplitSeq(skus, ",") {
		lines = append(lines, line{sku, 7})
	}
	return lines
}

// widths are those of a phone, a tablet and a desk, and of the desk magnified to
// 400 percent (WCAG 2.2, 1.4.10).
var widths = []int64{320, 360, 768, 1280}

// TestNoPageScrollsSideways: with the longest names, 24 lines and a greeting of
// 200 letters.
func TestNoPageScrollsSideways(t *testing.T) {
	t.Parallel()
	shop := openShop(t)
	shop.longNames()
	p := newVisitor(t).browse(shop)
	fill := func() {
		p.put(shop.everything()...)
		p.tell("username", strings.Repeat("W", 200))
		p.tell("nickname", strings.Repeat("many words ", 18))
	}
	p.tour(fill, func(name string) {
		for _, w := range widths {
			p.resize(w, 900)
			if wide := eval[[]string](p, tooWide); len(wide) > 0 {
				t.Errorf("%s at %d px: wider than the window: %s", name, w, strings.Join(wide, ", "))
			}
		}
		if got := eval[int](p, `document.querySelector("header").offsetHeight`); got > 80 {
			t.Errorf("%s: the header is %d px high, more than one line", name, got)
		}
	})
	eval[string](p, `document.querySelector("footer").style.width = "1300px"`) // the seeded defect
	if len(eval[[]string](p, tooWide)) == 0 {
		t.Error("a footer of 1300 px went unseen in a window of 1280 px")
	}
}

// tooWide lists what reaches beyond the window, where the page can be scrolled
// sideways.
const tooWide = `(root => root.scrollWidth <= root.clientWidth ? [] : [root.scrollWidth + " px",
	...[...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > root.clientWidth + 1)
		.map(e => e.tagName.toLowerCase() + "." + e.className)].slice(0, 12))(document.documentElement)`

// TestPagesLogNoErrors: no error, no violation of the Content-Security-Policy and
// no request to another origin, in light and in dark.
func TestPagesLogNoErrors(t *testing.T) {
	t.Parallel()
	for _, scheme := range []string{"light", "dark"} {
		t.Run(scheme, func(t *testing.T) {
			t.Parallel()
			_, p := visit(t)
			p.prefers("prefers-color-scheme", scheme, "prefers-reduced-motion", "reduce")
			paper := map[string]string{"light": "rgb(250, 247, 242)", "dark": "rgb(22, 21, 19)"}[scheme]
			p.tour(func() { p.put(threeLines...) }, func(name string) {
				if got := eval[string](p, "getComputedStyle(document.body).backgroundColor"); got != paper {
					t.Errorf("%s: the paper is %s, want %s", name, got, paper)
				}
				if broken := eval[[]string](p, `[...document.images].filter(i => !i.naturalWidth).map(i => i.src)`); len(broken) > 0 {
					t.Errorf("%s: pictures that do not show: %v", name, broken)
				}
				p.watch.check(t)
			})
		})
	}
}

var threeLines = []line{{"enamel-mug", 2}, {"notebook", 1}, {"bread-knife", 3}}

// TestScreenshots takes pictures of every page into the directory that
// TROLLEY_SCREENSHOTS names.
func TestScreenshots(t *testing.T) {
	dir := os.Getenv("TROLLEY_SCREENSHOTS")
	if dir == "" {
		t.Skip("TROLLEY_SCREENSHOTS names no directory")
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	_, p := visit(t)
	p.tour(func() { p.put(threeLines...) }, func(name string) {
		for _, width := range widths[1:] {
			p.resize(width, 900)
			for _, scheme := range []string{"light", "dark"} {
				p.prefers("prefers-color-scheme", scheme, "prefers-reduced-motion", "reduce")
				p.picture(filepath.Join(dir, fmt.Sprintf("%s-%d-%s.png", name, width, scheme)))
			}
		}
		p.resize(1280, 900)
	})
}

// picture saves the whole page as a PNG file.
func (p *tab) picture(file string) {
	p.Helper()
	png, err := chromedp.Run(p.ctx, chromedp.FullScreenshot(100))
	if err != nil {
		p.Fatal(err)
	}
	if err := os.WriteFile(file, png, 0o644); err != nil {
		p.Fatal(err)
	}
}
