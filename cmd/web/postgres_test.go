package main

import (
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"trolley/internal/store"
	"trolley/session"
	"trolley/test/pgtest"
	"trolley/ui"
)

// newNode starts a server of a shop on a PostgreSQL database.
func newNode(t *testing.T, dsn string) *shop {
	t.Helper()
	s, err := store.Open(t.Context(), dsn, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return serve(t, s, ui.Files, options{Database: dsn, Started: time.Now(), CatalogueAge: 1, Sessions: session.Options{Secure: true}})
}

// newCutOff starts a shop whose database a test can cut off.
func newCutOff(t *testing.T) (*shop, *pgtest.Proxy) {
	t.Helper()
	proxy, dsn := pgtest.NewProxy(t, migrated.New(t))
	s := newNode(t, dsn)
	s.exec(t, shelves)
	return s, proxy
}

// A session is at home on every node.
func TestTwoNodesOnPostgresAreOneShop(t *testing.T) {
	t.Parallel()
	dsn := migrated.New(t)
	a, b := newNode(t, dsn), newNode(t, dsn)
	a.exec(t, shelves)
	v := a.visitor(t)
	v.post("/cart/items", "sku", "mug").want(t, http.StatusSeeOther)
	w := v.at(b)
	// The jar knows hosts and not ports, so both nodes get the cookie.
	w.post("/cart/items", "sku", "pan").want(t, http.StatusSeeOther)
	form := v.checkoutForm()
	to := w.post("/checkout", form...).want(t, http.StatusSeeOther).Header.Get("Location")
	v.post("/checkout", form...).wantRedirect(t, to)
	v.get(to).want(t, http.StatusOK, "Enamel mug", "Small pan", "€42.50")
	if got := v.cartLines(); got != "" || a.stock(t, "mug") != 49 || a.stock(t, "pan") != 2 {
		t.Errorf("cart %q, %d mugs and %d pans are left; want none, 49 and 2", got, a.stock(t, "mug"), a.stock(t, "pan"))
	}
	v.get("/session").want(t, http.StatusOK, "psql")
}

// The order is placed and nobody says so: the shopper is asked to try again, and
// finds it.
func TestAnOrderWithoutAnAnswerIsPlacedOnce(t *testing.T) {
	t.Parallel()
	s, proxy := newCutOff(t)
	v := s.visitor(t)
	form := v.fill("mug", "mug")
	proxy.CutAt("commit")
	v.post("/checkout", form...).want(t, http.StatusServiceUnavailable, "try again")
	to := v.post("/checkout", form...).want(t, http.StatusSeeOther).Header.Get("Location")
	v.get(to).want(t, http.StatusOK, "2 × €18.50")
	if got := s.count(t, "SELECT count(*) FROM orders"); got != 1 || s.stock(t, "mug") != 48 || v.cartLines() != "" {
		t.Errorf("%d orders, %d mugs left, cart %q; want 1, 48 and nothing", got, s.stock(t, "mug"), v.cartLines())
	}
}

// A database that does not answer is no reason to wait, and once it answers
// again, nothing is missing.
func TestAStuckDatabaseIsUnavailable(t *testing.T) {
	t.Parallel()
	s, proxy := newCutOff(t)
	v := s.visitor(t)
	form := v.fill("mug")
	proxy.Stall()
	for _, ask := range []func() reply{
		func() reply { return v.get("/cart") },
		func() reply { return v.post("/cart/items", "sku", "mug") },
		func() reply { return v.post("/checkout", form...) },
		func() reply { return s.visitor(t).post("/cart/items", "sku", "pan") },
	} {
		start := time.Now()
		r := ask().want(t, http.StatusServiceUnavailable)
		if took := time.Since(start); took > 8*time.Second { // about 2 on a machine that has nothing else to do
			t.Errorf("%s took %v", r.Request.URL, took)
		}
		if r.Header.Get("Retry-After") == "" || r.Header.Get("Set-Cookie") != "" {
			t.Errorf("%s: %v", r.Request.URL, r.Header)
		}
	}
	proxy.Resume()
	if got := v.cartLines(); got != "mug 1" {
		t.Errorf("cart %q, want mug 1", got)
	}
}

// A connection that broke is the database's, never the shopper's: 503, not 400.
func TestABrokenDatabaseConnectionIsNotTheShoppersFault(t *testing.T) {
	t.Parallel()
	s, proxy := newCutOff(t)
	v := s.visitor(t)
	v.post("/cart/items", "sku", "mug").want(t, http.StatusSeeOther)
	for _, at := range []string{"UPDATE sessions", "FROM sessions WHERE"} {
		proxy.CutAt(at)
		r := v.post("/session/values", "key", "colour", "value", strings.ToLower(at[:4]))
		if r.StatusCode != http.StatusServiceUnavailable && r.StatusCode != http.StatusSeeOther {
			t.Errorf("cut at %q: status %d", at, r.StatusCode)
		}
	}
	if got := v.cartLines(); got != "mug 1" {
		t.Errorf("cart %q, want mug 1", got)
	}
}
