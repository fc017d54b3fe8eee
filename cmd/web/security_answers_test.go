package main

import (
	"net/http"
	"strings"
	"testing"
)

// What Cache-Control says.
const (
	noStore    = "no-store"
	ownBrowser = "private, no-cache"
	forEver    = "public, max-age=31536000, immutable"
)

// kind is an answer of a kind that the shop gives.
type kind struct {
	name   string
	status int    // that it should have
	cache  string // what its Cache-Control should be
	reply
}

// everyKind returns an answer of every kind: each page, each status, each
// format, and what comes of a handler that panics and of a disk that is full.
func (s *shop) everyKind(t *testing.T) (kinds []kind) {
	t.Helper()
	v := s.visitor(t)
	order := v.settle()
	kinds = append(kinds, s.looking(t, v, order)...)
	kinds = append(kinds, changing(v)...)
	kinds = append(kinds, refusals(v, order)...)
	panicking, tearing := v.at(s.panicking(t, discard())), v.at(s.tearing(t, discard(), "cart"))
	elsewhere := v.at(s.again(t, discard(), func(app *application) { app.BaseURL = "https://shop.example" }))
	kinds = append(kinds,
		kind{"panic", 500, noStore, panicking.get("/cart")},
		kind{"panic, for a script", 500, noStore, panicking.getJSON("/cart")},
		kind{"broken template", 500, noStore, tearing.get("/cart")},
		kind{"another host", 400, noStore, elsewhere.get("/cart")})
	resume := s.stopWrites(t)
	defer resume()
	return append(kinds,
		kind{"no writes", 503, noStore, v.post("/cart/items", "sku", "mug")},
		kind{"no writes, for a script", 503, noStore, v.postJSON("/cart/items", "sku", "mug")},
		kind{"no writes, first add", 503, noStore, s.visitor(t).post("/cart/items", "sku", "mug")})
}

// looking returns what safe requests are answered that succeed.
func (s *shop) looking(t *testing.T, v *visitor, order string) []kind {
	t.Helper()
	nobody := s.visitor(t)
	style, picture, script := s.static.urls["app.css"], s.static.urls["favicon.svg"], s.static.urls["app.js"]
	return []kind{
		{"catalogue, for nobody", 200, ownBrowser, nobody.get("/")},
		{"catalogue again, for nobody", 200, ownBrowser, nobody.ask("GET", "/", "", "If-Modified-Since", "Fri, 01 Jan 2100 00:00:00 GMT", "If-None-Match", "*")},
		{"product, for nobody", 200, ownBrowser, nobody.get("/products/mug")},
		{"cart, for nobody", 200, ownBrowser, nobody.get("/cart")},
		{"session, for nobody", 200, ownBrowser, nobody.get("/session")},
		{"catalogue", 200, noStore, v.get("/?q=mug")},
		{"product", 200, noStore, v.get("/products/mug")},
		{"cart", 200, noStore, v.get("/cart")},
		{"cart, for a script", 200, noStore, v.getJSON("/cart")},
		{"cart, HEAD", 200, noStore, v.ask("HEAD", "/cart", "")},
		{"cart, range", 200, noStore, v.ask("GET", "/cart", "", "Range", "bytes=0-9")},
		{"checkout", 200, noStore, v.get("/checkout")},
		{"order", 200, noStore, v.get(order)},
		{"session", 200, noStore, v.get("/session")},
		{"health", 200, noStore, v.get("/healthz")},
		{"style", 200, forEver, v.get(style)},
		{"style, plain", 200, forEver, v.ask("GET", style, "", "Accept-Encoding", "identity")},
		{"style, again", 200, forEver, v.ask("GET", style, "", "If-Modified-Since", "Fri, 01 Jan 2100 00:00:00 GMT", "If-None-Match", "*")},
		{"style, HEAD", 200, forEver, v.ask("HEAD", style, "")},
		{"picture", 200, forEver, v.get(picture)},
		{"script", 200, forEver, v.get(script)},
		{"address tidied", 307, "", v.get("/.//cart")},
		{"checkout of nothing", 303, ownBrowser, nobody.get("/checkout")},
	}
}

// changing returns what forms are answered that succeed. The visitor has a cart
// afterwards.
func changing(v *visitor) []kind {
	nobody := v.shop.visitor(v.t)
	return []kind{
		{"nothing to clear", 303, ownBrowser, nobody.post("/cart/clear")},
		{"first add", 303, noStore, nobody.post("/cart/items", "sku", "mug")},
		{"first add, for a script", 200, noStore, v.shop.visitor(v.t).postJSON("/cart/items", "sku", "mug")},
		{"add", 303, noStore, v.post("/cart/items", "sku", "pencil")},
		{"set", 303, noStore, v.post("/cart/items/pencil", "quantity", "2")},
		{"clear", 303, noStore, v.post("/cart/clear")},
		{"undo, for a script", 200, noStore, v.postJSON("/cart/undo")},
		{"value", 303, noStore, v.post("/session/values", "key", "a", "value", "b")},
		{"value removed", 303, noStore, v.post("/session/values/a/remove")},
		{"forgetful cookie", 303, noStore, v.post("/session/remember", "remember", "off")},
		{"lasting cookie", 303, noStore, v.post("/session/remember", "remember", "on")},
		{"new token", 303, noStore, v.post("/session/renew")},
		{"order placed", 303, noStore, nobody.post("/checkout", nobody.checkoutForm()...)},
		{"session destroyed", 303, noStore, nobody.post("/session/destroy")},
		{"token of nobody", 200, ownBrowser, v.shop.visitor(v.t).ask("GET", "/", "", "Cookie", "__Host-session="+strings.Repeat("x", 43))},
		{"two tokens", 200, noStore, v.shop.visitor(v.t).ask("GET", "/", "", "Cookie", "__Host-session=a; __Host-session=b")},
	}
}

// refusals returns what is answered to requests that are at fault.
func refusals(v *visitor, order string) []kind {
	huge := "x=" + strings.Repeat("x", 64<<10)
	stale := append([]string{"cart", "", "shown", ""}, ada...)
	return []kind{
		{"repeated field", 400, noStore, v.ask("POST", "/cart/items", "sku=mug&sku=mug")},
		{"repeated field, for a script", 400, noStore, v.ask("POST", "/cart/items", "sku=mug&sku=mug", "Accept", asJSON)},
		{"about no page at all", 400, "", v.ask("OPTIONS", "*", "")},
		{"another site's form", 403, noStore, v.ask("POST", "/cart/clear", "", "Sec-Fetch-Site", "cross-site")},
		{"another site's form, for a script", 403, noStore, v.ask("POST", "/cart/clear", "", "Sec-Fetch-Site", "cross-site", "Accept", asJSON)},
		{"no such page", 404, noStore, v.get("/nowhere")},
		{"no such page, for a script", 404, noStore, v.getJSON("/nowhere")},
		{"no such page, HEAD", 404, noStore, v.ask("HEAD", "/nowhere", "")},
		{"no such file", 404, noStore, v.get("/static/nothing.css")},
		{"no such product", 404, noStore, v.get("/products/nothing")},
		{"somebody else's order", 404, noStore, v.shop.visitor(v.t).get(order)},
		{"no such method", 405, noStore, v.ask("DELETE", "/cart", "")},
		{"no such method of a file", 405, noStore, v.ask("POST", "/static/app.css", "")},
		{"no such method of health", 405, noStore, v.ask("POST", "/healthz", "")},
		{"preflight", 405, noStore, v.ask("OPTIONS", "/cart", "", "Origin", "https://evil.example", "Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "content-type")},
		{"stale checkout", 409, noStore, v.post("/checkout", stale...)},
		{"stale checkout, for a script", 409, noStore, v.postJSON("/checkout", stale...)},
		{"too much", 413, noStore, v.ask("POST", "/cart/items", huge)},
		{"no form", 415, noStore, v.send("POST", "/cart/items", asPage, "application/json", "{}")},
		{"no quantity, at the product", 422, noStore, v.post("/cart/items", "sku", "peg-1", "quantity", "x")},
		{"no quantity, in the cart", 422, noStore, v.post("/cart/items/mug", "quantity", "x")},
		{"no contact", 422, noStore, v.post("/checkout", v.checkoutForm()[:4]...)},
		{"no key", 422, noStore, v.post("/session/values", "key", "", "value", "")},
		{"no key, for a script", 422, noStore, v.postJSON("/session/values", "key", "", "value", "")},
		{"neither on nor off", 422, noStore, v.post("/session/remember", "remember", "maybe")},
	}
}

// What holds for every answer, whatever it is.
func TestEveryAnswer(t *testing.T) {
	t.Parallel()
	s, _ := newGuarded(t)
	kinds := s.everyKind(t)
	for promise, check := range map[string]func(*testing.T, kind){
		"is of the kind that the other checks believe": checkKind,
		"carries the security headers":                 checkProtected,
		"says what it is":                              checkType,
		"is kept by no cache that it should not be in": checkCaching,
		"is shared with no other origin":               checkUnshared,
		"sets one small cookie at most":                checkCookieSize,
		"leads nowhere else":                           checkDestination,
		"holds no code, style or address of others":    checkInert,
	} {
		t.Run(promise, func(t *testing.T) {
			t.Parallel()
			for _, k := range kinds {
				check(t, k)
			}
		})
	}
}

func checkKind(t *testing.T, k kind) {
	if k.StatusCode != k.status {
		t.Errorf("%s: status %d, want %d\n%s", k.name, k.StatusCode, k.status, k.text())
	}
	for header, due := range map[string]bool{
		"Location":    k.status/100 == 3,
		"Retry-After": k.status == http.StatusServiceUnavailable,
		"Allow":       k.status == http.StatusMethodNotAllowed,
	} {
		if got := k.Header.Get(header); due != (got != "") {
			t.Errorf("%s: status %d with %s %q", k.name, k.status, header, got)
		}
	}
}
