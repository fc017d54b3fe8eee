package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"testing"

	"trolley/test/shoptest"
)

// addFrom adds a mug from an address, without a cookie or with one.
func addFrom(h http.Handler, addr, cookie string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("POST", "https://shop.example/cart/items", strings.NewReader("sku=mug"))
	r.Header.Set("Content-Type", shoptest.FormType)
	r.Header.Set("Cookie", cookie)
	r.RemoteAddr = addr
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// wantLimited fails the test unless an answer says that it was too much, and until when.
func wantLimited(t *testing.T, status int, h http.Header) {
	t.Helper()
	if wait, err := strconv.Atoi(h.Get("Retry-After")); status != http.StatusTooManyRequests || err != nil || wait < 1 {
		t.Fatalf("status %d, Retry-After %q", status, h.Get("Retry-After"))
	}
}

// A robot that drops its cookie fills the table no faster than a client may begin
// sessions. A visitor with a session goes on, and so do other clients.
func TestOneClientBeginsOnlySoManySessions(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	const robot, neighbour = "203.0.113.7:1", "203.0.113.8:1"
	h := s.Handler()
	first := addFrom(h, robot, "")
	begun, last := 1, addFrom(h, robot, "")
	for ; last.Code == http.StatusSeeOther; last = addFrom(h, robot, "") {
		if begun++; begun > 50_000 {
			t.Fatalf("%d sessions were begun", begun)
		}
	}
	wantLimited(t, last.Code, last.Header())
	if begun < 200 || last.Header().Get("Set-Cookie") != "" {
		t.Errorf("refused after %d sessions, with the cookie %q", begun, last.Header().Get("Set-Cookie"))
	}
	cookie, _, _ := strings.Cut(first.Header().Get("Set-Cookie"), ";")
	if w := addFrom(h, robot, cookie); w.Code != http.StatusSeeOther {
		t.Errorf("a session of the same client: status %d", w.Code)
	}
	for _, addr := range []string{neighbour, "127.0.0.1:1", "[2001:db8::1]:1"} {
		if w := addFrom(h, addr, ""); w.Code != http.StatusSeeOther {
			t.Errorf("%s: status %d", addr, w.Code)
		}
	}
}

// Three orders at once are a household's; then one a minute. What was not placed does
// not count.
func TestOneClientPlacesOnlySoManyOrders(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t, func(o *shoptest.Settings) {
		o.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
	})
	order := func(client string, n int) shoptest.Reply {
		v := s.Visitor(t)
		v.Post("/cart/items", "sku", fmt.Sprint("peg-", n)).Want(t, http.StatusSeeOther)
		form := v.CheckoutForm()
		stale := append(form[:3:3], append([]string{"peg-1 1 1"}, form[4:]...)...)
		v.Ask("POST", "/checkout", shoptest.EncodeForm(stale), "X-Forwarded-For", client)
		return v.Ask("POST", "/checkout", shoptest.EncodeForm(form), "X-Forwarded-For", client)
	}
	for i := range 3 {
		order("203.0.113.7", i+1).Want(t, http.StatusSeeOther)
	}
	refused := order("203.0.113.7", 4)
	wantLimited(t, refused.StatusCode, refused.Header)
	order("203.0.113.8", 5).Want(t, http.StatusSeeOther)
	order("", 6).Want(t, http.StatusSeeOther) // of this machine
}
