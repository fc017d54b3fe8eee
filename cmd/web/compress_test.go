package main

import (
	"compress/gzip"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// R25: caches must know that a page has two forms, whichever they get.
func TestPagesAreCompressedForThoseWhoAcceptIt(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	v := s.visitor(t)
	v.settle()
	for _, path := range []string{"/", "/products/mug", "/cart", "/checkout", "/session", "/nowhere", "/static/nowhere"} {
		plain := v.ask("GET", path, "", "Accept-Encoding", "identity")
		zipped := v.ask("GET", path, "", "Accept-Encoding", "gzip")
		if got := zipped.unzipped(t); blank(got) != blank(plain.body) {
			t.Errorf("%s: compressed it says something else: %s", path, got)
		}
		if zipped.StatusCode != plain.StatusCode || len(zipped.body) > len(plain.body)*3/5 {
			t.Errorf("%s: status %d and %d bytes of %d", path, zipped.StatusCode, len(zipped.body), len(plain.body))
		}
		for _, r := range []reply{plain, zipped} {
			if got := strings.Join(r.Header.Values("Vary"), ", "); !strings.Contains(got, "Accept-Encoding") {
				t.Errorf("%s: Vary %q", path, got)
			}
			if got := r.Header.Get("Content-Length"); got != strconv.Itoa(len(r.body)) {
				t.Errorf("%s: Content-Length %q of %d", path, got, len(r.body))
			}
		}
	}
}

// unzipped returns the body of an answer that was sent compressed.
func (r reply) unzipped(t testing.TB) string {
	t.Helper()
	if got := r.Header.Get("Content-Encoding"); got != "gzip" {
		t.Fatalf("%s: Content-Encoding %q", r.Request.URL, got)
	}
	z, err := gzip.NewReader(strings.NewReader(r.body))
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// What is small, what was compressed at the start, and what has no body goes out
// as it is.
func TestOtherAnswersGoOutAsTheyAre(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	v := s.visitor(t)
	for name, r := range map[string]reply{
		"a small answer": v.ask("GET", "/cart", "", "Accept", asJSON, "Accept-Encoding", "gzip"),
		"a redirect":     v.ask("GET", "/checkout", "", "Accept-Encoding", "gzip"),
		"robots.txt":     v.ask("GET", "/robots.txt", "", "Accept-Encoding", "gzip"),
		"an add":         v.ask("POST", "/cart/items", "sku=mug", "Accept-Encoding", "gzip"),
	} {
		if got := r.Header.Get("Content-Encoding"); got != "" || slices.Contains(r.Header.Values("Vary"), "Accept-Encoding") {
			t.Errorf("%s: Content-Encoding %q, Vary %q", name, got, r.Header.Values("Vary"))
		}
	}
	style := v.ask("GET", s.static.urls["app.css"], "", "Accept-Encoding", "gzip")
	if got := style.Header.Values("Vary"); style.Header.Get("Content-Encoding") != "gzip" || len(got) != 1 || !strings.Contains(style.unzipped(t), "--paper") {
		t.Errorf("the style was compressed twice, or not at all: Vary %q", got)
	}
	head := v.ask("HEAD", "/", "", "Accept-Encoding", "gzip").want(t, http.StatusOK)
	if head.Header.Get("Content-Encoding") != "gzip" || head.Header.Get("Content-Length") != "" {
		t.Errorf("HEAD: Content-Encoding %q, Content-Length %q", head.Header.Get("Content-Encoding"), head.Header.Get("Content-Length"))
	}
}

// A handler that panics while a page is being compressed is answered for with a
// page that is not.
func TestPanicAmidCompressionIsAPage(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	broken := s.observe(compressed(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", htmlType)
		_, _ = io.WriteString(w, strings.Repeat("half a page", 1000))
		panic("seeded")
	})))
	r := askOps(broken, "GET", "shop.example", "/", "Accept-Encoding", "gzip").want(t, http.StatusInternalServerError)
	if r.Header.Get("Content-Encoding") != "" || strings.Contains(r.body, "half a page") {
		t.Errorf("Content-Encoding %q: %s", r.Header.Get("Content-Encoding"), r.body)
	}
}
