package browser

import (
	"context"
	"fmt"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/preload"
	"github.com/chromedp/chromedp"
)

// hover rests the pointer on a link to a page until the browser has fetched it.
func (p *tab) hover(path string) {
	p.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	updates := chromedp.Events(ctx, preload.PrefetchStatusUpdated)
	call(p, preload.Enable, cdp.Empty{})
	xy := eval[[]float64](p, fmt.Sprintf(point, literal(`a[href="`+path+`"]`)))
	call(p, input.DispatchMouseEvent, input.DispatchMouseEventParams{Type: input.DispatchMouseEventTypeMouseMoved, X: xy[0], Y: xy[1]})
	for e, err := range updates {
		if err != nil {
			p.Fatalf("%s was not fetched in advance: %v", path, err)
		}
		if e.PrefetchURL == p.server.url+path && e.Status == preload.IngStatusReady {
			return
		}
	}
	p.Fatalf("%s was not fetched in advance", path)
}

// arrived reports whether the page was there before the click.
func (p *tab) arrived() bool {
	p.Helper()
	return eval[bool](p, `performance.getEntriesByType("navigation")[0].deliveryType === "navigational-prefetch"`)
}

// TestPagesAreFetchedBeforeTheClick: those of the catalogue, and without a cookie or
// a row for somebody who only looks.
func TestPagesAreFetchedBeforeTheClick(t *testing.T) {
	t.Parallel()
	shop, p := visit(t)
	p.open("/")
	for _, path := range []string{"/products/enamel-mug", "/?category=kitchen", "/"} {
		p.hover(path)
		p.follow(`a[href="` + path + `"]`)
		if !p.arrived() {
			t.Errorf("%s was fetched a second time", path)
		}
	}
	for _, path := range []string{"/session", "/cart"} {
		p.open("/")
		p.follow(`a[href="` + path + `"]`) // the pointer rests there for a moment
		if p.arrived() {
			t.Errorf("%s was fetched in advance", path)
		}
	}
	if c := p.cookie(); c != nil {
		t.Error("somebody who only looked has a cookie")
	}
	if got := shop.value("SELECT count(*) FROM sessions"); got != "0" {
		t.Errorf("%s rows for somebody who only looked", got)
	}
}

// TestPagesFetchedInAdvanceShowTheCartOfNow: of this tab or another.
func TestPagesFetchedInAdvanceShowTheCartOfNow(t *testing.T) {
	t.Parallel()
	p := newVisitor(t).browse(openShop(t))
	p.open("/?category=garden")
	other := p.another()
	other.open("/products/clay-pot")
	p.hover("/products/twine")
	p.click(`form:has([value="twine"]) button`)
	p.counts(1)
	p.hover("/products/twine")
	other.click("#add")
	other.counts(2)
	p.leave(func() { eval[any](p, `document.querySelector('a[href="/products/twine"]').click()`) })
	p.sees(".have", "1 in your cart")
	p.counts(2)
}
