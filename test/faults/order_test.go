package faults

import (
	"net/http"
	"net/url"
	"testing"
	"trolley/test/blackbox"
)

// checkout is a session that has filled in its order and need only send it.
type checkout struct {
	cookie, cart string // the cart's id, by which an order is found
	form         url.Values
}

func (s *shop) checkout(t testing.TB) checkout {
	t.Helper()
	cookie := s.begin(t)
	page := s.get(t, "/checkout", cookie).Want(t, http.StatusOK)
	cart := page.Hidden(t, "cart")
	return checkout{cookie, cart, blackbox.Form("name", "Ada Lovelace", "email", "ada@example.com", "address", "12 St James's Square",
		"postcode", "SW1Y 4JH", "town", "London", "country", "England",
		"cart", cart, "shown", page.Hidden(t, "shown"))}
}

// send orders, or orders again.
func (c checkout) send(t testing.TB, s *shop) blackbox.Reply {
	return s.send(t.Context(), "/checkout", c.cookie, c.form)
}

// wantOrders fails the test unless each cart became one order.
func wantOrders(t testing.TB, db string, carts ...checkout) {
	t.Helper()
	for _, c := range carts {
		if n := blackbox.Count(t, db, "SELECT COUNT(*) FROM orders WHERE cart_id = ?", c.cart); n != 1 {
			t.Errorf("cart %s became %d orders", c.cart, n)
		}
	}
	if left := blackbox.Texts(t, db, `SELECT sku FROM products AS p WHERE sku LIKE 'thing-%' AND stock +
		(SELECT COALESCE(SUM(quantity), 0) FROM order_lines AS l WHERE l.sku = p.sku) <> 1000000`); len(left) > 0 {
		t.Errorf("stock and sales do not add up: %v", left)
	}
}
