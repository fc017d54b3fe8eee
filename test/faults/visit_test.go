package faults

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"trolley/test/blackbox"
)

// send sends a request, a POST where fields is not nil, and reads the answer.
func (s *shop) send(ctx context.Context, path, cookie string, fields url.Values) blackbox.Reply {
	return blackbox.Request{Shop: s.Shop, Path: path, Cookie: cookie, Form: fields}.Send(ctx)
}

func (s *shop) get(t testing.TB, path, cookie string) blackbox.Reply {
	t.Helper()
	return s.send(t.Context(), path, cookie, nil)
}

// add adds to the cart.
func (s *shop) add(ctx context.Context, cookie, sku string, quantity int) blackbox.Reply {
	return s.send(ctx, "/cart/items", cookie, blackbox.Form("sku", sku, "quantity", fmt.Sprint(quantity)))
}

// begin starts a session with one of thing-1 in its cart, and returns its cookie.
func (s *shop) begin(t testing.TB) (cookie string) {
	t.Helper()
	a := s.add(t.Context(), "", "thing-1", 1)
	if !a.IsAcknowledged() || a.Cookie == "" {
		t.Fatalf("no session begins: status %d, %q, %v\n%s", a.Status, a.Location, a.Err, a.Body)
	}
	return a.Cookie
}

// cart returns how many of each product are in the cart of a session.
func (s *shop) cart(t testing.TB, cookie string) map[string]int {
	t.Helper()
	quantities := map[string]int{}
	for _, l := range (blackbox.Request{Shop: s.Shop, Path: "/cart", Cookie: cookie, JSON: true}).Send(t.Context()).Cart(t).Lines {
		quantities[l.SKU] = l.Quantity
	}
	return quantities
}

// pages are what must be shown as long as anything can be read.
var pages = []string{"/", "/products/enamel-mug", "/cart", "/checkout"}

// wantPages fails the test unless a session's pages are shown at once.
func (s *shop) wantPages(t testing.TB, cookie string) {
	t.Helper()
	for _, path := range pages {
		a := s.get(t, path, cookie)
		if a.Err != nil || a.Status != http.StatusOK {
			t.Errorf("%s: status %d, %v\n%s", path, a.Status, a.Err, a.Body)
		}
		if a.Took > promptRead {
			t.Errorf("%s took %v", path, a.Took)
		}
	}
}

// A write waits for 2 s at most, a read for no writer. What is added is for a
// machine that does other things as well.
const (
	promptWrite = 10 * time.Second
	promptRead  = 3 * time.Second
)

// wantRefused fails the test unless an add is answered with 503 in time.
func (s *shop) wantRefused(t testing.TB, cookie string) {
	t.Helper()
	a := s.add(t.Context(), cookie, "thing-50", 1)
	if !a.IsRefused() {
		t.Errorf("an add that cannot be stored: status %d, %q, %v\n%s", a.Status, a.Location, a.Err, a.Body)
	}
	if a.Took > promptWrite {
		t.Errorf("it took %v to refuse an add", a.Took)
	}
}

// wantRecovery waits until adds are taken again.
func (s *shop) wantRecovery(t testing.TB, cookie string) {
	t.Helper()
	eventually(t, "adds are taken again", func() bool { return s.add(t.Context(), cookie, "thing-49", 1).IsAcknowledged() })
}

// inspector is the shop's other listener.
func (s *shop) inspector(t testing.TB) *shop {
	t.Helper()
	return &shop{&blackbox.Shop{Process: s.Process, Client: s.Client, URL: s.Ops}}
}
