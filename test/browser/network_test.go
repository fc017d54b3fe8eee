package browser

import (
	"context"
	"testing"

	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// connection is what the tab's network is like from now on.
func (p *tab) connection(offline bool, latency float64) {
	p.Helper()
	call(p, network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{
		MatchedNetworkConditions: []*network.Conditions{{
			Offline: offline, Latency: latency, DownloadThroughput: -1, UploadThroughput: -1,
		}},
	})
	call(p, network.OverrideNetworkState, network.OverrideNetworkStateParams{
		Offline: offline, Latency: latency, DownloadThroughput: -1, UploadThroughput: -1,
	})
}

// TestAddDuringADroppedConnection: the click is not lost, it arrives once.
func TestAddDuringADroppedConnection(t *testing.T) {
	t.Parallel()
	_, p := visit(t)
	p.open("/products/lunch-tin")
	p.connection(true, 0)
	p.click("#add")
	p.watch.await(t, "ERR_INTERNET_DISCONNECTED")
	p.connection(false, 0)
	p.counts(1)
	p.sees("main", "1 in your cart")
	p.open("/cart")
	p.holds("lunch-tin 1")
}

// TestAddDuringALongOutageIsReported: the page gives up after a while and says so;
// one more press brings it into the cart.
func TestAddDuringALongOutageIsReported(t *testing.T) {
	t.Parallel()
	_, p := visit(t)
	p.open("/products/lunch-tin")
	p.connection(true, 0)
	p.click("#add")
	p.sees("#slip", "reach the shop. Check")
	p.watch.await(t, "ERR_INTERNET_DISCONNECTED")
	p.connection(false, 0)
	p.counts(0)
	p.follow("#add")
	p.at("/cart")
	p.holds("lunch-tin 1")
}

// losesAnswers has the next answer from a path get lost on the way: the server has
// done its part, the browser sees a broken connection.
func (p *tab) losesAnswers(path string) {
	p.Helper()
	ctx, cancel := context.WithCancel(p.ctx)
	paused := chromedp.Events(ctx, fetch.RequestPaused)
	call(p, fetch.Enable, fetch.EnableParams{Patterns: []*fetch.RequestPattern{
		{URLPattern: p.server.url + path, RequestStage: fetch.RequestStageResponse},
	}})
	lost := make(chan error, 1)
	go func() {
		defer cancel()
		for e, err := range paused {
			if err == nil {
				_, err = chromedp.Call(p.ctx, fetch.FailRequest, fetch.FailRequestParams{
					RequestID: e.RequestID, ErrorReason: network.ErrorReasonConnectionReset})
			}
			if err == nil {
				_, err = chromedp.Call(p.ctx, fetch.Disable, struct{}{})
			}
			lost <- err
			return
		}
	}()
	p.Cleanup(func() {
		select {
		case err := <-lost:
			if err != nil {
				p.Errorf("losing the answer from %s: %v", path, err)
			}
		default:
			p.Errorf("no answer from %s was lost", path)
		}
	})
}

// TestAddWhoseAnswerIsLostCountsOnce: a second try must not add a second time.
func TestAddWhoseAnswerIsLostCountsOnce(t *testing.T) {
	t.Parallel()
	_, p := visit(t)
	p.watch.pardon("ERR_CONNECTION_RESET")
	p.add("lunch-tin")
	p.losesAnswers("/cart/items")
	p.fill("#quantity", "2")
	p.click("#add")
	p.counts(3)
	p.open("/cart")
	p.holds("lunch-tin 3")
}

// TestOrderWhoseAnswerIsLostIsPlacedOnce: to load the broken page again leads to
// the order that there is.
func TestOrderWhoseAnswerIsLostIsPlacedOnce(t *testing.T) {
	t.Parallel()
	shop, p := visit(t)
	p.watch.pardon("ERR_CONNECTION_RESET")
	p.watch.pardon("chrome-error://")
	p.add("lunch-tin")
	p.open("/checkout")
	p.contact()
	p.losesAnswers("/checkout")
	p.click(`.fields button[type="submit"]`)
	p.until(`document.documentElement.innerText.includes("ERR_CONNECTION_RESET")`)
	p.leave(func() { call(p, page.Reload, page.ReloadParams{}) })
	p.sees("main", "Thank you, Grace Hopper")
	if got := shop.value("SELECT count(*) FROM orders"); got != "1" {
		t.Errorf("%s orders were placed, want 1", got)
	}
}

// TestQuickPressesAddUp presses faster than the shop answers, and leaves the page
// before it has answered all of them.
func TestQuickPressesAddUp(t *testing.T) {
	t.Parallel()
	_, p := visit(t)
	p.add("lunch-tin")
	p.open("/cart")
	p.connection(false, 150)
	for range 4 {
		p.click("#more-lunch-tin")
	}
	p.counts(5)
	p.holds("lunch-tin 5")
	for range 3 {
		p.click("#more-lunch-tin")
	}
	p.follow(`a[href="/checkout"]`)
	p.sees(".summary", "8 at €32.00")
	p.counts(8)
	p.open("/cart")
	p.fill("#quantity-lunch-tin", "7") // and no Enter
	p.follow(`a[href="/checkout"]`)
	p.sees(".summary", "7 at €32.00")
}

// TestAddThenAwayAtOnce follows a link in the same moment as the click.
func TestAddThenAwayAtOnce(t *testing.T) {
	t.Parallel()
	_, p := visit(t)
	p.open("/?category=kitchen")
	p.connection(false, 150)
	p.click(`form:has([value="tea-towel"]) button`)
	p.click(`form:has([value="enamel-mug"]) button`)
	p.follow(".to-cart")
	p.holds("tea-towel 1, enamel-mug 1")
}
