package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"trolley/test/blackbox"
)

// cart returns the cart of a session.
func (s *shop) cart(t testing.TB, cookie string) blackbox.Cart {
	t.Helper()
	return s.must(t, blackbox.Request{Path: "/cart", Cookie: cookie, JSON: true}).Cart(t)
}

// begin starts a session with one unit of each product in its cart, and returns
// its cookie.
func (s *shop) begin(t testing.TB, skus ...string) (cookie string) {
	t.Helper()
	for _, sku := range skus {
		a := s.post(t, "/cart/items", cookie, "sku", sku)
		to := a.WantTo(t, "/cart")
		if strings.Contains(to, "limit=") {
			t.Fatalf("the cart did not take %s: %s", sku, to)
		}
		if cookie == "" {
			cookie = a.Cookie
		}
	}
	return cookie
}

// add is a request that adds to the cart. Every other one is a script's.
func add(s *shop, cookie, sku string, quantity int) blackbox.Request {
	return blackbox.Request{Shop: s.Shop, Path: "/cart/items", Cookie: cookie, JSON: quantity%2 == 0,
		Form: blackbox.Form("sku", sku, "quantity", fmt.Sprint(quantity))}
}

// submit is a request that places the order that the checkout shows now.
func (s *shop) submit(t testing.TB, cookie string) blackbox.Request {
	t.Helper()
	page := s.get(t, "/checkout", cookie).Want(t, http.StatusOK)
	return blackbox.Request{Shop: s.Shop, Path: "/checkout", Cookie: cookie, Form: blackbox.Form(
		"name", "Ada Lovelace", "email", "ada@example.com", "address", "12 St James's Square",
		"postcode", "SW1Y 4JH", "town", "London", "country", "England",
		"cart", page.Hidden(t, "cart"), "shown", page.Hidden(t, "shown"))}
}
