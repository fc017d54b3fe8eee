package shop_test

import (
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"trolley/internal/web"
	"trolley/test/shoptest"
)

// R25: caches must know that a page has two forms, whichever they get.
func TestPagesAreCompressedForThoseWhoAcceptIt(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	v := s.Visitor(t)
	v.Settle()
	for _, path := range []string{"/", "/products/mug", "/cart", "/checkout", "/session", "/nowhere", "/static/nowhere"} {
		plain := v.Ask("GET", path, "", "Accept-Encoding", "identity")
		zipped := v.Ask("GET", path, "", "Accept-Encoding", "gzip")
		if got := shoptest.Unzipped(t, zipped); shoptest.Blank(got) != shoptest.Blank(plain.Body) {
			t.Errorf("%s: compressed it says something else: %s", path, got)
		}
		if zipped.StatusCode != plain.StatusCode || len(zipped.Body) > len(plain.Body)*3/5 {
			t.Errorf("%s: status %d and %d bytes of %d", path, zipped.StatusCode, len(zipped.Body), len(plain.Body))
		}
		for _, r := range []shoptest.Reply{plain, zipped} {
			if got := strings.Join(r.Header.Values("Vary"), ", "); !strings.Contains(got, "Accept-Encoding") {
				t.Errorf("%s: Vary %q", path, got)
			}
			if got := r.Header.Get("Content-Length"); got != strconv.Itoa(len(r.Body)) {
				t.Errorf("%s: Content-Length %q of %d", path, got, len(r.Body))
			}
		}
	}
}

// The length of a page tells another site nothing of what the page knows of its visitor:
// what that site can ask for goes out as it is.
func TestAPageThatAnotherSiteAsksForTellsNothingByItsLength(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	known, stranger := s.Visitor(t), s.Visitor(t)
	known.Settle()
	for _, c := range []struct {
		v          *shoptest.Visitor
		path, site string
		compressed bool
	}{
		{known, "/?q=Ada", "cross-site", false},
		{known, "/?q=Ada", "same-site", false},
		{known, "/?q=Ada", "", false},
		{known, "/nowhere/Ada", "cross-site", false},
		{known, "/?q=Ada", "same-origin", true},
		{known, "/?q=Ada", "none", true},
		{known, "/cart", "", true},
		{stranger, "/?q=Ada", "cross-site", true},
	} {
		a := c.v.Ask("GET", c.path, "", "Accept-Encoding", "gzip", "Sec-Fetch-Site", c.site)
		if got := a.Header.Get("Content-Encoding") == "gzip"; got != c.compressed {
			t.Errorf("%s from %q: compressed is %t", c.path, c.site, got)
		}
	}
}

// What is small, what was compressed at the start, and what has no body goes out
// as it is.
func TestOtherAnswersGoOutAsTheyAre(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	v := s.Visitor(t)
	for name, r := range map[string]shoptest.Reply{
		"a small answer": v.Ask("GET", "/cart", "", "Accept", shoptest.AsJSON, "Accept-Encoding", "gzip"),
		"a redirect":     v.Ask("GET", "/checkout", "", "Accept-Encoding", "gzip"),
		"robots.txt":     v.Ask("GET", "/robots.txt", "", "Accept-Encoding", "gzip"),
		"an add":         v.Ask("POST", "/cart/items", "sku=mug", "Accept-Encoding", "gzip"),
	} {
		if got := r.Header.Get("Content-Encoding"); got != "" || slices.Contains(r.Header.Values("Vary"), "Accept-Encoding") {
			t.Errorf("%s: Content-Encoding %q, Vary %q", name, got, r.Header.Values("Vary"))
		}
	}
	style := v.Ask("GET", s.Asset(t, "app.css"), "", "Accept-Encoding", "gzip")
	if got := style.Header.Values("Vary"); style.Header.Get("Content-Encoding") != "gzip" || len(got) != 1 || !strings.Contains(shoptest.Unzipped(t, style), "--paper") {
		t.Errorf("the style was compressed twice, or not at all: Vary %q", got)
	}
	head := v.Ask("HEAD", "/", "", "Accept-Encoding", "gzip").Want(t, http.StatusOK)
	if head.Header.Get("Content-Encoding") != "gzip" || head.Header.Get("Content-Length") != "" {
		t.Errorf("HEAD: Content-Encoding %q, Content-Length %q", head.Header.Get("Content-Encoding"), head.Header.Get("Content-Length"))
	}
}

// A handler that panics while a page is being compressed is answered for with a
// page that is not.
func TestPanicAmidCompressionIsAPage(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	broken := s.Observe(web.Compressed(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", web.HTMLType)
		_, _ = io.WriteString(w, strings.Repeat("half a page", 1000))
		panic("seeded")
	})))
	r := shoptest.AskOps(broken, "GET", "shop.example", "/", "Accept-Encoding", "gzip").Want(t, http.StatusInternalServerError)
	if r.Header.Get("Content-Encoding") != "" || strings.Contains(r.Body, "half a page") {
		t.Errorf("Content-Encoding %q: %s", r.Header.Get("Content-Encoding"), r.Body)
	}
}
