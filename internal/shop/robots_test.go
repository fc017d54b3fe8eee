package shop_test

import (
	"encoding/xml"
	"net/http"
	"strings"
	"testing"

	"trolley/internal/shop"
	"trolley/internal/web"
	"trolley/test/shoptest"
)

func TestCrawlersMaySeeEverything(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	const all = "User-agent: *\nAllow: /\n"
	plain := s.Visitor(t).Ask("GET", "/robots.txt", "", "Host", "evil.example").Want(t, http.StatusOK)
	located := located(t, s).Ask("GET", "/robots.txt", "", "Host", "shop.example").Want(t, http.StatusOK)
	if plain.Body != all {
		t.Errorf("without an address of its own: %q, want %q", plain.Body, all)
	}
	if want := all + "\nSitemap: https://shop.example/sitemap.xml\n"; located.Body != want {
		t.Errorf("%q, want %q", located.Body, want)
	}
	for _, r := range []shoptest.Reply{plain, located} {
		if r.Header.Get("Cache-Control") != shop.CrawlerCaching || strings.Contains(r.Header.Get("Vary"), "Cookie") {
			t.Errorf("Cache-Control %q, Vary %q", r.Header.Get("Cache-Control"), r.Header.Get("Vary"))
		}
	}
}

// R42: without -base-url there is nothing to build absolute addresses from.
func TestNoSitemapWithoutAnAddress(t *testing.T) {
	t.Parallel()
	v := shoptest.New(t).Visitor(t)
	r := v.Ask("GET", "/sitemap.xml", "", "Host", "evil.example").Want(t, http.StatusNotFound)
	if strings.Contains(r.Header.Get("Vary"), "Cookie") {
		t.Error("the session has touched it")
	}
}

func TestSitemapListsWhatCanBeIndexed(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	s.Exec(t, `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200)
		INSERT INTO products (sku, name, description, category, price, stock, position) SELECT 'pin-' || i, 'Pin', 'Pins.', 'desk', 1, 1, 2000 + i FROM n`)
	v := located(t, s)
	r := v.Ask("GET", "/sitemap.xml", "", "Host", "shop.example").Want(t, http.StatusOK)
	var doc shop.SitemapXML
	if err := xml.Unmarshal([]byte(r.Body), &doc); err != nil {
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
	if r.Header.Get("Content-Type") != web.XMLType || r.Header.Get("Cache-Control") != shop.CrawlerCaching {
		t.Errorf("%q, Cache-Control %q", r.Header.Get("Content-Type"), r.Header.Get("Cache-Control"))
	}
	checkListed(t, v, listed)
}

// located returns the shop as it is where it knows its own address. Requests have
// to name that host.
func located(t *testing.T, s *shoptest.Shop) *shoptest.Visitor {
	t.Helper()
	return s.Again(t, shoptest.Discard(), func(o *shoptest.Settings) { o.BaseURL = "https://shop.example" }).Visitor(t)
}

// checkListed checks that what a sitemap lists may be indexed, and is what it
// says it is.
func checkListed(t *testing.T, v *shoptest.Visitor, paths map[string]bool) {
	t.Helper()
	titles := make(map[string]string)
	for path := range paths {
		if strings.HasPrefix(path, "/products/p") { // there are many, and all alike
			continue
		}
		page := v.Ask("GET", path, "", "Host", "shop.example").Want(t, http.StatusOK)
		if page.Element("link", "rel", "canonical", "href", "https://shop.example"+path) == nil {
			t.Errorf("%s: another canonical address", path)
		}
		if page.Element("meta", "name", "robots") != nil || page.Element("meta", "name", "description") == nil {
			t.Errorf("%s: not to be indexed, or without a description", path)
		}
		title := page.Element("title").FirstChild.Data
		if other, ok := titles[title]; ok {
			t.Errorf("%s and %s have the same title", path, other)
		}
		titles[title] = path
	}
}
