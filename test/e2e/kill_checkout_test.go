package e2e

import (
	"math/rand/v2"
	"net/http"
	"testing"
	"trolley/test/blackbox"
)

// buyer is a session at the checkout.
type buyer struct {
	form  blackbox.Request // the order, as the checkout showed it
	cart  blackbox.Cart    // when it was shown
	acked string           // the number of the order, where the answer got through
}

func killAmidCheckouts(t testing.TB, s *shop) []*buyer {
	t.Helper()
	const atOnce = 8
	var buyers []*buyer
	var clients []func(func())
	for range atOnce {
		cookie := s.begin(t, "thing-1", "thing-2")
		b := &buyer{form: s.submit(t, cookie), cart: s.cart(t, cookie)}
		buyers = append(buyers, b)
		clients = append(clients, func(ack func()) {
			a := patiently(t.Context(), b.form.Send(t.Context()), b.form)
			if b.acked = a.Order(); b.acked != "" {
				ack()
			} else if a.Err == nil {
				t.Errorf("checkout: status %d, %q\n%s", a.Status, a.Location, a.Body)
			}
		})
	}
	s.killAmid(t, rand.N(atOnce), clients)
	return buyers
}

// wantOneOrder fails the test unless the cart is as it was and no order exists,
// or the cart is empty and its order exists and is shown to the session. Then
// it sends the form again, as a browser does, and wants the one order.
func (b *buyer) wantOneOrder(t testing.TB, s *shop) {
	t.Helper()
	numbers := blackbox.Texts(t, s.DB, "SELECT number FROM orders WHERE cart_id = $1", b.cart.ID)
	now := s.cart(t, b.form.Cookie)
	switch {
	case len(numbers) > 1:
		t.Fatalf("one cart became the orders %v", numbers)
	case b.acked != "" && (len(numbers) == 0 || numbers[0] != b.acked):
		t.Fatalf("order %s was acknowledged, the table has %v", b.acked, numbers)
	case len(numbers) == 0 && (now.String() != b.cart.String() || now.ID != b.cart.ID):
		t.Fatalf("there is no order, and the cart %s with %q became %s with %q", b.cart.ID, b.cart, now.ID, now)
	case len(numbers) == 1 && now.Quantity != 0:
		t.Fatalf("there is an order, and the cart still has %q", now)
	}
	again := b.form
	again.Shop = s.Shop
	a := s.must(t, again)
	path := a.WantTo(t, "/orders/")
	if len(numbers) == 1 && a.Order() != numbers[0] {
		t.Errorf("sent again, the form led to %s, before to order %s", path, numbers[0])
	}
	s.get(t, path, b.form.Cookie).Want(t, http.StatusOK)
}

func TestKillLeavesTheFullCartOrTheOrder(t *testing.T) {
	t.Parallel()
	s := plenty(t)
	before := inventory(t, s.DB)
	carts, acked, placed := 0, 0, 0
	for range kills(t) {
		buyers := killAmidCheckouts(t, s)
		s = start(t, s.DB)
		blackbox.WantWhole(t, s.DB)
		placed += blackbox.Count(t, s.DB, "SELECT COUNT(*) FROM orders") - carts
		carts += len(buyers)
		for _, b := range buyers {
			if b.acked != "" {
				acked++
			}
			b.wantOneOrder(t, s)
		}
		wantBalanced(t, s.DB, before)
	}
	if got := blackbox.Count(t, s.DB, "SELECT COUNT(*) FROM orders"); got != carts {
		t.Errorf("%d orders of %d carts", got, carts)
	}
	t.Logf("%d kills, %d carts, %d orders before the kill, %d of them acknowledged", kills(t), carts, placed, acked)
}
