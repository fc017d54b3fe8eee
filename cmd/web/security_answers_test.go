package main

import (
	"net/http"
	"strings"
	"testing"

	"trolley/test/shoptest"
)

// What Cache-Control says.
const (
	noStore    = "no-store"
	ownBrowser = "private, no-cache"
	forEver    = "public, max-age=31536000, immutable"
)

// changing returns what forms are answered that succeed. The visitor has a cart
// afterwards.
func changing(v *shoptest.Visitor) []kind {
	nobody := v.Shop.Visitor(v.T)
	return []kind{
		{"nothing to clear", 303, ownBrowser, nobody.Post("/cart/clear")},
		{"first add", 303, noStore, nobody.Post("/cart/items", "sku", "mug")},
		{"first add, for a script", 200, noStore, v.Shop.Visitor(v.T).PostJSON("/cart/items", "sku", "mug")},
		{"add", 303, noStore, v.Post("/cart/items", "sku", "pencil")},
		{"set", 303, noStore, v.Post("/cart/items/pencil", "quantity", "2")},
		{"clear", 303, noStore, v.Post("/cart/clear")},
		{"undo, for a script", 200, noStore, v.PostJSON("/cart/undo")},
		{"value", 303, noStore, v.Post("/session/values", "key", "a", "value", "b")},
		{"value removed", 303, noStore, v.Post("/session/values/a/remove")},
		{"forgetful cookie", 303, noStore, v.Post("/session/remember", "remember", "off")},
		{"lasting cookie", 303, noStore, v.Post("/session/remember", "remember", "on")},
		{"new token", 303, noStore, v.Post("/session/renew")},
		{"order placed", 303, noStore, nobody.Post("/checkout", nobody.CheckoutForm()...)},
		{"session destroyed", 303, noStore, nobody.Post("/session/destroy")},
		{"token of nobody", 200, ownBrowser, v.Shop.Visitor(v.T).Ask("GET", "/", "", "Cookie", "__Host-trolley_session="+strings.Repeat("x", 43))},
		{"two tokens", 200, noStore, v.Shop.Visitor(v.T).Ask("GET", "/", "", "Cookie", "__Host-trolley_session=a; __Host-trolley_session=b")},
	}
}

// refusals returns what is answered to requests that are at fault.
func refusals(v *shoptest.Visitor, order string) []kind {
	huge := "x=" + strings.Repeat("x", 64<<10)
	stale := append([]string{"cart", "", "shown", ""}, shoptest.Ada...)
	return []kind{
		{"repeated field", 400, noStore, v.Ask("POST", "/cart/items", "sku=mug&sku=mug")},
		{"repeated field, for a script", 400, noStore, v.Ask("POST", "/cart/items", "sku=mug&sku=mug", "Accept", shoptest.AsJSON)},
		{"about no page at all", 400, "", v.Ask("OPTIONS", "*", "")},
		{"another site's form", 403, noStore, v.Ask("POST", "/cart/clear", "", "Sec-Fetch-Site", "cross-site")},
		{"another site's form, for a script", 403, noStore, v.Ask("POST", "/cart/clear", "", "Sec-Fetch-Site", "cross-site", "Accept", shoptest.AsJSON)},
		{"no such page", 404, noStore, v.Get("/nowhere")},
		{"no such page, for a script", 404, noStore, v.GetJSON("/nowhere")},
		{"no such page, HEAD", 404, noStore, v.Ask("HEAD", "/nowhere", "")},
		{"no such file", 404, noStore, v.Get("/static/nothing.css")},
		{"no such product", 404, noStore, v.Get("/products/nothing")},
		{"somebody else's order", 404, noStore, v.Shop.Visitor(v.T).Get(order)},
		{"no such method", 405, noStore, v.Ask("DELETE", "/cart", "")},
		{"no such method of a file", 405, noStore, v.Ask("POST", "/static/app.css", "")},
		{"no such method of health", 405, noStore, v.Ask("POST", "/healthz", "")},
		{"preflight", 405, noStore, v.Ask("OPTIONS", "/cart", "", "Origin", "https://evil.example", "Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "content-type")},
		{"stale checkout", 409, noStore, v.Post("/checkout", stale...)},
		{"stale checkout, for a script", 409, noStore, v.PostJSON("/checkout", stale...)},
		{"too much", 413, noStore, v.Ask("POST", "/cart/items", huge)},
		{"no form", 415, noStore, v.Send("POST", "/cart/items", shoptest.AsPage, "application/json", "{}")},
		{"no quantity, at the product", 422, noStore, v.Post("/cart/items", "sku", "peg-1", "quantity", "x")},
		{"no quantity, in the cart", 422, noStore, v.Post("/cart/items/mug", "quantity", "x")},
		{"no contact", 422, noStore, v.Post("/checkout", v.CheckoutForm()[:4]...)},
		{"no key", 422, noStore, v.Post("/session/values", "key", "", "value", "")},
		{"no key, for a script", 422, noStore, v.PostJSON("/session/values", "key", "", "value", "")},
		{"neither on nor off", 422, noStore, v.Post("/session/remember", "remember", "maybe")},
	}
}

// What holds for every answer, whatever it is.
func TestEveryAnswer(t *testing.T) {
	t.Parallel()
	s, _ := newGuarded(t)
	kinds := everyKind(t, s)
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
		t.Errorf("%s: status %d, want %d\n%s", k.name, k.StatusCode, k.status, k.Text())
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
