package main

import (
	"strings"
	"testing"

	"trolley/test/shoptest"
)

// kind is an answer of a kind that the shop gives.
type kind struct {
	name   string
	status int    // that it should have
	cache  string // what its Cache-Control should be
	shoptest.Reply
}

// everyKind returns an answer of every kind: each page, each status, each
// format, and what comes of a handler that panics and of a disk that is full.
func everyKind(t *testing.T, s *shoptest.Shop) (kinds []kind) {
	t.Helper()
	v := s.Visitor(t)
	order := v.Settle()
	kinds = append(kinds, looking(t, s, v, order)...)
	kinds = append(kinds, changing(v)...)
	kinds = append(kinds, refusals(v, order)...)
	panicking, tearing := v.At(panicking(t, s, shoptest.Discard())), v.At(tearing(t, s, shoptest.Discard(), "cart"))
	elsewhere := v.At(s.Again(t, shoptest.Discard(), func(o *shoptest.Settings) { o.BaseURL = "https://shop.example" }))
	kinds = append(kinds,
		kind{"panic", 500, noStore, panicking.Get("/cart")},
		kind{"panic, for a script", 500, noStore, panicking.GetJSON("/cart")},
		kind{"broken template", 500, noStore, tearing.Get("/cart")},
		kind{"another host", 400, noStore, elsewhere.Get("/cart")})
	resume := stopWrites(t, s)
	defer resume()
	return append(kinds,
		kind{"no writes", 503, noStore, v.Post("/cart/items", "sku", "mug")},
		kind{"no writes, for a script", 503, noStore, v.PostJSON("/cart/items", "sku", "mug")},
		kind{"no writes, first add", 503, noStore, s.Visitor(t).Post("/cart/items", "sku", "mug")})
}

// looking returns what safe requests are answered that succeed.
func looking(t *testing.T, s *shoptest.Shop, v *shoptest.Visitor, order string) []kind {
	t.Helper()
	nobody := s.Visitor(t)
	style, picture, script := s.Asset(t, "app.css"), s.Asset(t, "favicon.svg"), s.Asset(t, "app.js")
	return []kind{
		{"catalogue, for nobody", 200, ownBrowser, nobody.Get("/")},
		{"catalogue again, for nobody", 200, ownBrowser, nobody.Ask("GET", "/", "", "If-Modified-Since", "Fri, 01 Jan 2100 00:00:00 GMT", "If-None-Match", "*")},
		{"product, for nobody", 200, ownBrowser, nobody.Get("/products/mug")},
		{"cart, for nobody", 200, ownBrowser, nobody.Get("/cart")},
		{"session, for nobody", 200, ownBrowser, nobody.Get("/session")},
		{"catalogue", 200, noStore, v.Get("/?q=mug")},
		{"product", 200, noStore, v.Get("/products/mug")},
		{"cart", 200, noStore, v.Get("/cart")},
		{"cart, for a script", 200, noStore, v.GetJSON("/cart")},
		{"cart, HEAD", 200, noStore, v.Ask("HEAD", "/cart", "")},
		{"cart, range", 200, noStore, v.Ask("GET", "/cart", "", "Range", "bytes=0-9")},
		{"checkout", 200, noStore, v.Get("/checkout")},
		{"order", 200, noStore, v.Get(order)},
		{"session", 200, noStore, v.Get("/session")},
		{"health", 200, noStore, v.Get("/healthz")},
		{"style", 200, forEver, v.Get(style)},
		{"style, plain", 200, forEver, v.Ask("GET", style, "", "Accept-Encoding", "identity")},
		{"style, again", 200, forEver, v.Ask("GET", style, "", "If-Modified-Since", "Fri, 01 Jan 2100 00:00:00 GMT", "If-None-Match", "*")},
		{"style, HEAD", 200, forEver, v.Ask("HEAD", style, "")},
		{"picture", 200, forEver, v.Get(picture)},
		{"script", 200, forEver, v.Get(script)},
		{"address tidied", 307, "", v.Get("/.//cart")},
		{"checkout of nothing", 303, ownBrowser, nobody.Get("/checkout")},
	}
}

// checkFailure checks that an answer is the error page of the status and nothing
// else, and shows nothing of the inside.
func checkFailure(t *testing.T, s *shoptest.Shop, name string, r shoptest.Reply, status int, heading string) {
	t.Helper()
	if r.StatusCode != status || !strings.Contains(r.Text(), heading) || !shoptest.RequestName.MatchString(r.Body) {
		t.Errorf("%s: status %d, want %d, %q and the number of the request\n%s", name, r.StatusCode, status, heading, r.Body)
	}
	if strings.Count(r.Body, "<!doctype html>") != 1 || strings.Count(r.Body, "</html>") != 1 || !strings.HasSuffix(r.Body, "</html>\n") {
		t.Errorf("%s: this is not one page: %s", name, r.Body)
	}
	checkSilence(t, s, name, r)
	for _, header := range []string{"Set-Cookie", "Location", "Clear-Site-Data"} {
		if got := r.Header.Get(header); got != "" {
			t.Errorf("%s: %s %q", name, header, got)
		}
	}
}

// checkSilence checks that an answer shows nothing of the inside.
func checkSilence(t *testing.T, s *shoptest.Shop, name string, r shoptest.Reply) {
	t.Helper()
	for _, inside := range []string{"goroutine", ".go:", "runtime", "nil pointer", "panic", "SQL", "sqlite", "readonly", "read-only", "SELECT", "INSERT",
		"template", "NoSuchField", "half a page", s.Database, "/shop.db", "trolley/"} {
		if strings.Contains(shoptest.Blank(r.Body), inside) {
			t.Errorf("%s: the page shows %q", name, inside)
		}
	}
}
