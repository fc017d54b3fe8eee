package e2e

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"trolley/test/blackbox"
)

func TestParallelSubmitsPlaceOneOrder(t *testing.T) {
	t.Parallel()
	s := plenty(t)
	wantOneOrderOf(t, s)
}

func TestParallelSubmitsToTwoProcessesPlaceOneOrder(t *testing.T) {
	t.Parallel()
	a := plenty(t)
	wantOneOrderOf(t, a, start(t, a.DB))
}

// wantOneOrderOf submits one checkout many times at once, spread over shops
// that share a database.
func wantOneOrderOf(t *testing.T, shops ...*shop) {
	t.Helper()
	s := shops[0]
	before := inventory(t, s.DB)
	cookie := s.begin(t, "thing-1", "thing-2", "enamel-mug")
	submit := s.submit(t, cookie)
	submits := slices.Repeat([]blackbox.Request{submit}, parallel)
	for i := range submits {
		submits[i].Shop = shops[i%len(shops)].Shop
	}
	replies := overlap(t, submits)
	for _, a := range replies {
		if a.Order() == "" || a.Location != replies[0].Location {
			t.Errorf("one submit led to %s, another one to status %d, %q, %v\n%s", replies[0].Location, a.Status, a.Location, a.Err, a.Body)
		}
	}
	if got := blackbox.Texts(t, s.DB, "SELECT number FROM orders"); !slices.Equal(got, []string{replies[0].Order()}) {
		t.Errorf("orders %v, want the one of %s", got, replies[0].Location)
	}
	for _, s := range shops {
		s.get(t, replies[0].Location, cookie).Want(t, http.StatusOK)
		if c := s.cart(t, cookie); c.Quantity != 0 {
			t.Errorf("the order is placed, and the cart has %q", c)
		}
	}
	wantBalanced(t, s.DB, before)
}

func TestNoMoreIsSoldThanThereIs(t *testing.T) {
	t.Parallel()
	s := plenty(t)
	wantAllSoldOnce(t, s)
}

func TestTwoProcessesSellNoMoreThanThereIs(t *testing.T) {
	t.Parallel()
	a := plenty(t)
	wantAllSoldOnce(t, a, start(t, a.DB))
}

func wantAllSoldOnce(t *testing.T, shops ...*shop) {
	t.Helper()
	const stock, buyers = 9, 100
	s := shops[0]
	blackbox.Change(t, s.DB, "UPDATE products SET stock = $1 WHERE sku = 'thing-1'", stock)
	before := inventory(t, s.DB)
	var submits []blackbox.Request
	for i := range buyers {
		at := shops[i%len(shops)]
		submits = append(submits, at.submit(t, at.begin(t, "thing-1")))
	}
	orders := map[string]bool{}
	for i, a := range overlap(t, submits) {
		switch {
		case a.Order() != "":
			orders[a.Order()] = true
			s.get(t, a.Location, submits[i].Cookie).Want(t, http.StatusOK)
		case a.Status != http.StatusConflict:
			t.Errorf("a submit: status %d, %q, %v\n%s", a.Status, a.Location, a.Err, a.Body)
		default: // told so, and still has the cart
			if c := s.cart(t, submits[i].Cookie); c.Of("thing-1") != 1 {
				t.Errorf("nothing was placed, and the cart has %q", c)
			}
		}
	}
	if len(orders) != stock {
		t.Errorf("%d buyers got one of %d", len(orders), stock)
	}
	if got := blackbox.Count(t, s.DB, "SELECT COUNT(*) FROM orders"); got != stock {
		t.Errorf("%d orders of a stock of %d", got, stock)
	}
	if got := blackbox.Count(t, s.DB, "SELECT stock FROM products WHERE sku = 'thing-1'"); got != 0 {
		t.Errorf("%d are left", got)
	}
	wantBalanced(t, s.DB, before)
}

func TestPriceChangeStopsTheOrderAndIsShown(t *testing.T) {
	t.Parallel()
	s := start(t, blackbox.NewDB(t))
	before := inventory(t, s.DB)
	cookie := s.begin(t, "enamel-mug", "notebook")
	submit := s.submit(t, cookie)
	blackbox.Change(t, s.DB, "UPDATE products SET price = 1999 WHERE sku = 'enamel-mug'")

	a := s.must(t, submit).Want(t, http.StatusConflict)
	for _, part := range []string{"18.50", "19.99"} {
		if !strings.Contains(a.Body, part) {
			t.Errorf("the answer does not show %s\n%s", part, a.Body)
		}
	}
	if n := blackbox.Count(t, s.DB, "SELECT COUNT(*) FROM orders"); n != 0 {
		t.Errorf("%d orders were placed", n)
	}
	if got, want := s.cart(t, cookie).String(), "enamel-mug 1, notebook 1"; got != want {
		t.Errorf("the cart has %q, want %q", got, want)
	}
	wantBalanced(t, s.DB, before)

	// The answer is a checkout of its own, which shows the order as it is now.
	submit.Form.Set("cart", a.Hidden(t, "cart"))
	submit.Form.Set("shown", a.Hidden(t, "shown"))
	s.must(t, submit).WantTo(t, "/orders/")
	if got := blackbox.Count(t, s.DB, "SELECT total FROM orders"); got != 1999+1400 {
		t.Errorf("the order's total is %d, want %d", got, 1999+1400)
	}
	wantBalanced(t, s.DB, before)
}
