package main

import (
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"trolley/internal/shop"
	"trolley/internal/store"
	"trolley/test/pgtest"
	"trolley/test/shoptest"
	"trolley/ui"
)

// newNode starts a server of a shop on a PostgreSQL database.
func newNode(t *testing.T, dsn string) *shoptest.Shop {
	t.Helper()
	s, err := store.Open(t.Context(), dsn, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return shoptest.Serve(t, s, shoptest.Settings{Options: shop.Options{Database: dsn, Started: time.Now(), CatalogueAge: 1, Secure: true}, Files: ui.Files, Log: shoptest.Discard()})
}

// newCutOff starts a shop whose database a test can cut off.
func newCutOff(t *testing.T) (*shoptest.Shop, *pgtest.Proxy) {
	t.Helper()
	proxy, dsn := pgtest.NewProxy(t, shoptest.Migrated.New(t))
	s := newNode(t, dsn)
	s.Exec(t, shoptest.Shelves)
	return s, proxy
}

// A session is at home on every node.
func TestTwoNodesOnPostgresAreOneShop(t *testing.T) {
	t.Parallel()
	dsn := shoptest.Migrated.New(t)
	a, b := newNode(t, dsn), newNode(t, dsn)
	a.Exec(t, shoptest.Shelves)
	v := a.Visitor(t)
	v.Post("/cart/items", "sku", "mug").Want(t, http.StatusSeeOther)
	w := v.At(b)
	// The jar knows hosts and not ports, so both nodes get the cookie.
	w.Post("/cart/items", "sku", "pan").Want(t, http.StatusSeeOther)
	form := v.CheckoutForm()
	to := w.Post("/checkout", form...).Want(t, http.StatusSeeOther).Header.Get("Location")
	v.Post("/checkout", form...).WantRedirect(t, to)
	v.Get(to).Want(t, http.StatusOK, "Enamel mug", "Small pan", "€42.50")
	if got := v.CartLines(); got != "" || a.Stock(t, "mug") != 49 || a.Stock(t, "pan") != 2 {
		t.Errorf("cart %q, %d mugs and %d pans are left; want none, 49 and 2", got, a.Stock(t, "mug"), a.Stock(t, "pan"))
	}
	v.Get("/session").Want(t, http.StatusOK, "psql")
}

// The order is placed and nobody says so: the shopper is asked to try again, and
// finds it.
func TestAnOrderWithoutAnAnswerIsPlacedOnce(t *testing.T) {
	t.Parallel()
	s, proxy := newCutOff(t)
	v := s.Visitor(t)
	form := v.Fill("mug", "mug")
	proxy.CutAt("commit")
	v.Post("/checkout", form...).Want(t, http.StatusServiceUnavailable, "before you send it again")
	to := v.Post("/checkout", form...).Want(t, http.StatusSeeOther).Header.Get("Location")
	v.Get(to).Want(t, http.StatusOK, "2 × €18.50")
	if got := s.Count(t, "SELECT count(*) FROM orders"); got != 1 || s.Stock(t, "mug") != 48 || v.CartLines() != "" {
		t.Errorf("%d orders, %d mugs left, cart %q; want 1, 48 and nothing", got, s.Stock(t, "mug"), v.CartLines())
	}
}

// A database that does not answer is no reason to wait, and once it answers
// again, nothing is missing.
func TestAStuckDatabaseIsUnavailable(t *testing.T) {
	t.Parallel()
	s, proxy := newCutOff(t)
	v := s.Visitor(t)
	form := v.Fill("mug")
	proxy.Stall()
	for _, ask := range []func() shoptest.Reply{
		func() shoptest.Reply { return v.Get("/cart") },
		func() shoptest.Reply { return v.Post("/cart/items", "sku", "mug") },
		func() shoptest.Reply { return v.Post("/checkout", form...) },
		func() shoptest.Reply { return s.Visitor(t).Post("/cart/items", "sku", "pan") },
	} {
		start := time.Now()
		r := ask().Want(t, http.StatusServiceUnavailable)
		if took := time.Since(start); took > 30*time.Second { // about 2 on a machine that has nothing else to do
			t.Errorf("%s took %v", r.Request.URL, took)
		}
		if r.Header.Get("Retry-After") == "" || r.Header.Get("Set-Cookie") != "" {
			t.Errorf("%s: %v", r.Request.URL, r.Header)
		}
	}
	proxy.Resume()
	if got := v.CartLines(); got != "mug 1" {
		t.Errorf("cart %q, want mug 1", got)
	}
}

// A connection that broke is the database's, never the shopper's: 503, not 400.
func TestABrokenDatabaseConnectionIsNotTheShoppersFault(t *testing.T) {
	t.Parallel()
	s, proxy := newCutOff(t)
	v := s.Visitor(t)
	v.Post("/cart/items", "sku", "mug").Want(t, http.StatusSeeOther)
	for _, at := range []string{"UPDATE sessions", "FROM sessions WHERE"} {
		proxy.CutAt(at)
		r := v.Post("/session/values", "key", "colour", "value", strings.ToLower(at[:4]))
		if r.StatusCode != http.StatusServiceUnavailable && r.StatusCode != http.StatusSeeOther {
			t.Errorf("cut at %q: status %d", at, r.StatusCode)
		}
	}
	if got := v.CartLines(); got != "mug 1" {
		t.Errorf("cart %q, want mug 1", got)
	}
}

// Only a server that is away is worth waiting for.
func TestAStartDoesNotWaitForWhatIsWrong(t *testing.T) {
	t.Parallel()
	dsn := pgtest.New(t)
	nowhere, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	nowhere.Path = "/nowhere"
	for _, wrong := range []string{nowhere.String(), strings.Replace(dsn, "trolley@", "nobody@", 1)} {
		c := config{db: wrong, wait: time.Hour}
		if _, err := openStore(t.Context(), c, shoptest.Discard(), func(string) { t.Errorf("%s: it waits", wrong) }); err == nil {
			t.Errorf("%s was opened", wrong)
		}
	}
}
