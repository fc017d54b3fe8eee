package main

import (
	"encoding/xml"
	"net/http"
	"strings"
	"testing"
)

// located returns the shop as it is where it knows its own address. Requests have
// to name that host.
func (s *shop) located(t *testing.T) *visitor {
	t.Helper()
	return s.again(t, discard(), func(app *application) { app.BaseURL = "https://shop.example" }).visitor(t)
}

func TestCrawlersMaySeeEverything(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	const all = "User-agent: *\nAllow: /\n"
	plain := s.visitor(t).ask("GET", "/robots.txt", "", "Host", "evil.example").want(t, http.StatusOK)
	located := s.located(t).ask("GET", "/robots.txt", "", "Host", "shop.example").want(t, http.StatusOK)
	if plain.body != all {
		t.Errorf("without an address of its own: %q, want %q", plain.body, all)
	}
	if want := all + "\nSitemap: https://shop.example/sitemap.xml\n"; located.body != want {
		t.Errorf("%q, want %q", located.body, want)
	}
	for _, r := range []reply{plain, located} {
		if r.Header.Get("Cache-Control") != crawlerCaching || strings.Contains(r.Header.Get("Vary"), "Cookie") {
			t.Errorf("Cache-Control %q, Vary %q", r.Header.Get("Cache-Control"), r.Header.Get("Vary"))
		}
	}
}

// R42: without -base-url there is nothing to build absolute addresses from.
func TestNoSitemapWithoutAnAddress(t *testing.T) {
	t.Parallel()
	v := newShop(t).visitor(t)
	r := v.ask("GET", "/sitemap.xml", "", "Host", "evil.example").want(t, http.StatusNotFound)
	if strings.Contains(r.Header.Get("Vary"), "Cookie") {
		t.Error("the session has touched it")
	}
}

func TestSitemapListsWhatCanBeIndexed(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.exec(t, `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200)
		INSERT INTO products (sku, name, description, category, price, stock, position) SELECT 'pin-' || i, 'Pin', 'Pins.', 'desk', 1, 1, 2000 + i FROM n`)
	v := s.located(t)
	r := v.ask("GET", "/sitemap.xml", "", "Host", "shop.example").want(t, http.StatusOK)
	var doc sitemapXML
	if err := xml.Unmarshal([]byte(r.body), &doc); err != nil {
		t.Fatal(err)
	}
	listed := make(map[string]bool)
	for _, u := range doc.URLs {
		path, ours := strings.CutPrefix(u.Loc, "https://shop.example")
		if !ours || listed[path] {
			t.Errorf("%s: not ours, or twice", u.Loc)
		}
		listed[path] = true
	}
	for _, path := range []string{"/", "/?category=kitchen", "/?category=desk", "/products/mug", "/products/knife", "/products/pin-200"} {
		if !listed[path] {
			t.Errorf("%s is not listed", path)
		}
	}
	if want := 1 + 3 + 265; len(listed) != want || listed["/products/lamp"] {
		t.Errorf("%d addresses, want %d without what is no longer sold", len(listed), want)
	}
	if r.Header.Get("Content-Type") != xmlType || r.Header.Get("Cache-Control") != crawlerCaching {
		t.Errorf("%q, Cache-Control %q", r.Header.Get("Content-Type"), r.Header.Get("Cache-Control"))
	}
	v.checkListed(t, listed)
}

// checkListed checks that what a sitemap lists may be indexed, and is what it
// says it is.
func (v *visitor) checkListed(t *testing.T, paths map[string]bool) {
	t.Helper()
	titles := make(map[string]string)
	for path := range paths {
		if strings.HasPrefix(path, "/products/p") { // there are many, and all alike
			continue
		}
		page := v.ask("GET", path, "", "Host", "shop.example").want(t, http.StatusOK)
		if page.element("link", "rel", "canonical", "href", "https://shop.example"+path) == nil {
			t.Errorf("%s: another canonical address", path)
		}
		if page.element("meta", "name", "robots") != nil || page.element("meta", "name", "description") == nil {
			t.Errorf("%s: not to be indexed, or without a description", path)
		}
		title := page.element("title").FirstChild.Data
		if other, ok := titles[title]; ok {
			t.Errorf("%s and %s have the same title", path, other)
		}
		titles[title] = path
	}
}
