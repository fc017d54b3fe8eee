package main

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"trolley/internal/web"
	"trolley/test/shoptest"
)

// protections are the headers of every answer (R37, R38, R39, R41).
var protections = map[string]string{
	"Content-Security-Policy": "default-src 'none'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'; " +
		"script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; manifest-src 'self'",
	"Cross-Origin-Opener-Policy":   "same-origin",
	"Cross-Origin-Resource-Policy": "same-origin",
	"Permissions-Policy":           "camera=(), geolocation=(), microphone=(), payment=()",
	"Referrer-Policy":              "strict-origin-when-cross-origin",
	"Strict-Transport-Security":    "max-age=63072000",
	"X-Content-Type-Options":       "nosniff",
	"X-Frame-Options":              "DENY",
}

// R37, R38, R39, R41.
func checkProtected(t *testing.T, k kind) { checkProtections(t, k.name, k.Header, true) }

// checkProtections checks the headers of an answer, which came over HTTPS or not.
func checkProtections(t *testing.T, name string, h http.Header, overHTTPS bool) {
	t.Helper()
	for header, want := range protections {
		if header == "Strict-Transport-Security" && !overHTTPS {
			want = ""
		}
		if got := strings.Join(h.Values(header), " | "); got != want {
			t.Errorf("%s: %s %q, want %q", name, header, got, want)
		}
	}
	for _, header := range []string{"Server", "X-Powered-By", "Via", "Refresh"} {
		if got := h.Get(header); got != "" {
			t.Errorf("%s: %s %q", name, header, got)
		}
	}
}

// R39: browsers heed HSTS over HTTPS alone, and a shop that is not served over
// HTTPS would lock its visitors out by it.
func TestHSTSIsSentOverHTTPSOnly(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	for _, tt := range []struct {
		config
		secure bool
	}{
		{config{secureCookies: "auto"}, false},
		{config{secureCookies: "off"}, false},
		{config{secureCookies: "on"}, true},
		{config{secureCookies: "auto", tlsCert: "cert.pem", tlsKey: "key.pem"}, true},
		{config{secureCookies: "auto", baseURL: "https://shop.example"}, true},
		{config{secureCookies: "off", baseURL: "https://shop.example"}, false},
		{config{secureCookies: "auto", baseURL: "http://shop.example"}, false},
	} {
		h := s.Again(t, shoptest.Discard(), func(o *shoptest.Settings) { o.Secure = tt.config.secure() }).Handler()
		for _, path := range []string{"/", "/nowhere", "/healthz", s.Asset(t, "app.css")} {
			checkProtections(t, path, shoptest.Through(h, "GET", path).Header, tt.secure)
		}
	}
}

// R37: each answer says what it is, and is it.
func checkType(t *testing.T, k kind) {
	types := []string{web.HTMLType, web.JSONType, "text/css; charset=utf-8", "text/javascript; charset=utf-8",
		"text/plain; charset=utf-8", "image/svg+xml; charset=utf-8"}
	got := k.Header.Get("Content-Type")
	page := strings.HasPrefix(k.Body, "<!doctype html>") && strings.HasSuffix(k.Body, "</html>\n")
	switch {
	case got == "" && k.Body == "" && k.Header.Get("Content-Length") == "0":
	case !slices.Contains(types, got):
		t.Errorf("%s: Content-Type %q", k.name, got)
	case got == web.HTMLType && k.Body != "" && !page && k.status != http.StatusTemporaryRedirect:
		t.Errorf("%s: this is no page: %s", k.name, k.Body)
	case got == web.JSONType && !json.Valid([]byte(k.Body)):
		t.Errorf("%s: this is no JSON: %s", k.name, k.Body)
	}
	if k.Request.Header.Get("Accept") == shoptest.AsJSON && got != web.JSONType {
		t.Errorf("%s: Content-Type %q for a script", k.name, got)
	}
}

// R25: what belongs to one visitor is in no cache; files are kept for ever and
// know of no cookie.
func checkCaching(t *testing.T, k kind) {
	if got := strings.Join(k.Header.Values("Cache-Control"), " | "); got != k.cache {
		t.Errorf("%s: Cache-Control %q, want %q", k.name, got, k.cache)
	}
	cookie, vary := k.Header.Get("Set-Cookie"), strings.Join(k.Header.Values("Vary"), ", ")
	switch {
	case cookie != "" && k.cache != noStore:
		t.Errorf("%s: sets a cookie and may be kept", k.name)
	case k.cache == forEver && strings.Contains(vary, "Cookie"):
		t.Errorf("%s: a file with Vary %q", k.name, vary)
	case k.cache == ownBrowser && !strings.Contains(vary, "Cookie"):
		t.Errorf("%s: Vary %q for a page that a cookie would change", k.name, vary)
	}
	for _, header := range []string{"Expires", "Last-Modified", "Etag", "Pragma"} {
		if got := k.Header.Get(header); got != "" {
			t.Errorf("%s: %s %q", k.name, header, got)
		}
	}
}

// R40: no other site may read anything by CORS.
func checkUnshared(t *testing.T, k kind) {
	for header := range k.Header {
		if strings.HasPrefix(header, "Access-Control-") || header == "Timing-Allow-Origin" {
			t.Errorf("%s: %s %q", k.name, header, k.Header[header])
		}
	}
}

// R40: nor by asking as a neighbour would, nor as a script.
func TestNothingIsSharedWithOtherOrigins(t *testing.T) {
	t.Parallel()
	s, _ := newGuarded(t)
	v := s.Visitor(t)
	v.Settle()
	for _, origin := range []string{"https://evil.example", "null", s.Server.URL} {
		for _, path := range []string{"/", "/cart", "/session", "/nowhere", "/healthz", s.Asset(t, "app.js")} {
			for _, method := range []string{"GET", "HEAD", "OPTIONS", "POST"} {
				r := v.Ask(method, path, "", "Origin", origin, "Access-Control-Request-Method", "GET", "Access-Control-Request-Private-Network", "true")
				checkUnshared(t, kind{name: method + " " + path + " from " + origin, Reply: r})
			}
		}
	}
	plain := v.GetJSON("/cart").Body
	for _, query := range []string{"callback=evil", "jsonp=evil", "cb=evil", "format=js"} {
		if got := v.GetJSON("/cart?" + query); got.Body != plain || got.Header.Get("Content-Type") != web.JSONType {
			t.Errorf("?%s changes the answer: %q as %s", query, got.Body, got.Header.Get("Content-Type"))
		}
	}
}

// R42: a redirect names a path of this shop.
func checkDestination(t *testing.T, k kind) {
	if k.status/100 != 3 {
		return
	}
	to, err := url.Parse(k.Header.Get("Location"))
	if err != nil || to.Scheme != "" || to.Host != "" || !strings.HasPrefix(to.Path, "/") || strings.HasPrefix(to.Path, "//") || strings.Contains(to.Path, `\`) {
		t.Errorf("%s: to %q (%v)", k.name, k.Header.Get("Location"), err)
	}
}

// R42: neither an address nor anything else comes from the Host header, or from
// what proxies add to a request.
func TestNothingIsBuiltFromTheHost(t *testing.T) {
	t.Parallel()
	s, _ := newGuarded(t)
	v := s.Visitor(t)
	order := v.Settle()
	poison := []string{"Host", "evil.example", "X-Forwarded-Host", "evil.example", "X-Forwarded-Proto", "javascript", "X-Forwarded-Prefix", "/evil.example",
		"Forwarded", "host=evil.example", "X-Original-URL", "/evil.example", "X-Rewrite-URL", "/evil.example", "Referer", "https://evil.example/",
		"Cookie", "__Host-trolley_session=" + v.Token()} // which the browser would not send there
	for _, path := range []string{"/", "/?q=mug&page=1", "/?category=desk", "/products/mug", "/cart", "/checkout", order, "/session", "/nowhere",
		"//cart", "/cart//", "/x/../cart", "//evil.example/..", "/%2f%2fevil.example/..", `/%5cevil.example/./`, "/static/app.css", "/cart/items"} {
		plain, poisoned := v.Ask("GET", path, ""), v.Ask("GET", path, "", poison...)
		if plain.StatusCode != poisoned.StatusCode || shoptest.Blank(plain.Body) != shoptest.Blank(poisoned.Body) || plain.Header.Get("Location") != poisoned.Header.Get("Location") {
			t.Errorf("%s: %d to %q, with another host %d to %q", path, plain.StatusCode, plain.Header.Get("Location"), poisoned.StatusCode, poisoned.Header.Get("Location"))
		}
		checkDestination(t, kind{path, poisoned.StatusCode, "", poisoned})
	}
	for path, form := range map[string]string{"/cart/items": "sku=mug", "/cart/clear": "", "/cart//clear": "", "/session/renew": ""} {
		r := v.Ask("POST", path, form, poison...)
		checkDestination(t, kind{path, r.StatusCode, "", r})
	}
}
