package e2e

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

func TestParallelSubmitsPlaceOneOrder(t *testing.T) {
	t.Parallel()
	s := plenty(t)
	wantOneOrderOf(t, s)
}

func TestParallelSubmitsToTwoProcessesPlaceOneOrder(t *testing.T) {
	t.Parallel()
	a := plenty(t)
	wantOneOrderOf(t, a, start(t, a.db))
}

// wantOneOrderOf submits one checkout many times at once, spread over shops
// that share a database.
func wantOneOrderOf(t *testing.T, shops ...*shop) {
	t.Helper()
	s := shops[0]
	before := inventory(t, s.db)
	cookie := s.begin(t, "thing-1", "thing-2", "enamel-mug")
	submit := s.submit(t, cookie)
	submits := slices.Repeat([]request{submit}, parallel)
	for i := range submits {
		submits[i].shop = shops[i%len(shops)]
	}
	replies := overlap(t, submits)
	for _, a := range replies {
		if a.order() == "" || a.location != replies[0].location {
			t.Errorf("one submit led to %s, another one to status %d, %q, %v\n%s", replies[0].location, a.status, a.location, a.err, a.body)
		}
	}
	if got := texts(t, s.db, "SELECT number FROM orders"); !slices.Equal(got, []string{replies[0].order()}) {
		t.Errorf("orders %v, want the one of %s", got, replies[0].location)
	}
	for _, s := range shops {
		s.get(t, replies[0].location, cookie).want(t, http.StatusOK)
		if c := s.cart(t, cookie); c.Quantity != 0 {
			t.Errorf("the order is placed, and the cart has %q", c)
		}
	}
	wantBalanced(t, s.db, before)
}

func TestNoMoreIsSoldThanThereIs(t *testing.T) {
	t.Parallel()
	s := plenty(t)
	wantAllSoldOnce(t, s)
}

func TestTwoProcessesSellNoMoreThanThereIs(t *testing.T) {
	t.Parallel()
	a := plenty(t)
	wantAllSoldOnce(t, a, start(t, a.db))
}

func wantAllSoldOnce(t *testing.T, shops ...*shop) {
	t.Helper()
	const stock, buyers = 9, 100
	s := shops[0]
	change(t, s.db, "UPDATE products SET stock = $1 WHERE sku = 'thing-1'", stock)
	before := inventory(t, s.db)
	var submits []request
	for i := range buyers {
		at := shops[i%len(shops)]
		submits = append(submits, at.submit(t, at.begin(t, "thing-1")))
	}
	orders := map[string]bool{}
	for i, a := range overlap(t, submits) {
		switch {
		case a.order() != "":
			orders[a.order()] = true
			s.get(t, a.location, submits[i].cookie).want(t, http.StatusOK)
		case a.status != http.StatusConflict:
			t.Errorf("a submit: status %d, %q, %v\n%s", a.status, a.location, a.err, a.body)
		default: // told so, and still has the cart
			if c := s.cart(t, submits[i].cookie); c.of("thing-1") != 1 {
				t.Errorf("nothing was placed, and the cart has %q", c)
			}
		}
	}
	if len(orders) != stock {
		t.Errorf("%d buyers got one of %d", len(orders), stock)
	}
	if got := count(t, s.db, "SELECT COUNT(*) FROM orders"); got != stock {
		t.Errorf("%d orders of a stock of %d", got, stock)
	}
	if got := count(t, s.db, "SELECT stock FROM products WHERE sku = 'thing-1'"); got != 0 {
		t.Errorf("%d are left", got)
	}
	wantBalanced(t, s.db, before)
}

func TestPriceChangeStopsTheOrderAndIsShown(t *testing.T) {
	t.Parallel()
	s := start(t, newDB(t))
	before := inventory(t, s.db)
	cookie := s.begin(t, "enamel-mug", "notebook")
	submit := s.submit(t, cookie)
	change(t, s.db, "UPDATE products SET price = 1999 WHERE sku = 'enamel-mug'")

	a := s.must(t, submit).want(t, http.StatusConflict)
	for _, part := range []string{"18.50", "19.99"} {
		if !strings.Contains(a.body, part) {
			t.Errorf("the answer does not show %s\n%s", part, a.body)
		}
	}
	if n := count(t, s.db, "SELECT COUNT(*) FROM orders"); n != 0 {
		t.Errorf("%d orders were placed", n)
	}
	if got, want := s.cart(t, cookie).String(), "enamel-mug 1, notebook 1"; got != want {
		t.Errorf("the cart has %q, want %q", got, want)
	}
	wantBalanced(t, s.db, before)

	// The answer is a checkout of its own, which shows the order as it is now.
	submit.form.Set("cart", a.hidden(t, "cart"))
	submit.form.Set("shown", a.hidden(t, "shown"))
	s.must(t, submit).wantTo(t, "/orders/")
	if got := count(t, s.db, "SELECT total FROM orders"); got != 1999+1400 {
		t.Errorf("the order's total is %d, want %d", got, 1999+1400)
	}
	wantBalanced(t, s.db, before)
}
