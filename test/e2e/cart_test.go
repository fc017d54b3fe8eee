package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// cart is the cart as scripts get it.
type cart struct {
	ID    string
	Lines []struct {
		SKU       string
		Quantity  int
		UnitPrice int `json:"unit_price"`
	}
	Quantity int
}

// cart returns the cart of a session.
func (s *shop) cart(t testing.TB, cookie string) cart {
	t.Helper()
	return s.must(t, request{path: "/cart", cookie: cookie, json: true}).cart(t)
}

func (a reply) cart(t testing.TB) (c cart) {
	t.Helper()
	a.want(t, http.StatusOK)
	if err := json.Unmarshal([]byte(a.body), &c); err != nil {
		t.Fatalf("%v in %s", err, a.body)
	}
	return c
}

// of returns how many of a product are in the cart.
func (c cart) of(sku string) int {
	for _, l := range c.Lines {
		if l.SKU == sku {
			return l.Quantity
		}
	}
	return 0
}

// String returns the lines, as in "thing-1 2, thing-2 1".
func (c cart) String() string {
	var lines []string
	for _, l := range c.Lines {
		lines = append(lines, fmt.Sprintf("%s %d", l.SKU, l.Quantity))
	}
	return strings.Join(lines, ", ")
}

// begin starts a session with one unit of each product in its cart, and returns
// its cookie.
func (s *shop) begin(t testing.TB, skus ...string) (cookie string) {
	t.Helper()
	for _, sku := range skus {
		a := s.post(t, "/cart/items", cookie, "sku", sku)
		to := a.wantTo(t, "/cart")
		if strings.Contains(to, "limit=") {
			t.Fatalf("the cart did not take %s: %s", sku, to)
		}
		if cookie == "" {
			cookie = a.cookie
		}
	}
	return cookie
}

// add is a request that adds to the cart. Every other one is a script's.
func add(s *shop, cookie, sku string, quantity int) request {
	return request{shop: s, path: "/cart/items", cookie: cookie, json: quantity%2 == 0,
		form: form("sku", sku, "quantity", fmt.Sprint(quantity))}
}

// isAcknowledged says whether the answer to an add promises that it is kept.
func (a reply) isAcknowledged() bool {
	switch a.status {
	case http.StatusSeeOther:
		return strings.HasPrefix(a.location, "/cart?added=") && !strings.Contains(a.location, "limit=")
	case http.StatusOK:
		return true
	}
	return false
}

// submit is a request that places the order that the checkout shows now.
func (s *shop) submit(t testing.TB, cookie string) request {
	t.Helper()
	page := s.get(t, "/checkout", cookie).want(t, http.StatusOK)
	return request{shop: s, path: "/checkout", cookie: cookie, form: form(
		"name", "Ada Lovelace", "email", "ada@example.com", "address", "12 St James's Square\nLondon",
		"cart", page.hidden(t, "cart"), "shown", page.hidden(t, "shown"))}
}

// hidden returns what a hidden field of the page holds.
func (a reply) hidden(t testing.TB, name string) string {
	t.Helper()
	page, err := html.Parse(strings.NewReader(a.body))
	if err != nil {
		t.Fatal(err)
	}
	for n := range page.Descendants() {
		if n.Data == "input" && attribute(n, "type") == "hidden" && attribute(n, "name") == name {
			return attribute(n, "value")
		}
	}
	t.Fatalf("no hidden field %q in\n%s", name, a.body)
	return ""
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// order returns the number of the order that the answer leads to, as the table
// has it; "" for none.
func (a reply) order() string {
	number, ok := strings.CutPrefix(a.location, "/orders/")
	if a.status != http.StatusSeeOther || !ok {
		return ""
	}
	return strings.ReplaceAll(number, "-", "")
}
