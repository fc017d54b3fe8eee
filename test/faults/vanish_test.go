package faults

import (
	"net"
	"net/http"
	"strings"
	"testing"

	"trolley/test/blackbox"
	"trolley/test/proctest"
)

// A shopper's connection breaks off at once after the form was sent. There is no
// order or one, and who sends the form again finds it.
func TestShopperWhoVanishesHasOneOrder(t *testing.T) {
	t.Parallel()
	s := plenty(t, proctest.Trolley, blackbox.NewDB(t))
	const shoppers = 30
	early := 0
	for n := range shoppers {
		order := s.checkout(t)
		cookie, cart := order.cookie, order.cart
		conn := s.Dial(t).(*net.TCPConn)
		if n%2 == 0 { // with a reset, else with an ordinary end
			if err := conn.SetLinger(0); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := conn.Write([]byte(s.raw("/checkout", cookie, order.form))); err != nil {
			t.Fatal(err)
		}
		conn.Close()
		before := blackbox.Texts(t, s.DB, "SELECT number FROM orders WHERE cart_id = ?", cart)
		early += len(before)
		again := order.send(t, s).Want(t, http.StatusSeeOther)
		number := strings.ReplaceAll(strings.TrimPrefix(again.Location, "/orders/"), "-", "")
		after := blackbox.Texts(t, s.DB, "SELECT number FROM orders WHERE cart_id = ?", cart)
		if len(after) != 1 || after[0] != number || len(before) == 1 && before[0] != number {
			t.Errorf("the cart became the orders %v, before %v, and the answer leads to %s", after, before, number)
		}
		s.get(t, again.Location, cookie).Want(t, http.StatusOK)
	}
	if n := blackbox.Count(t, s.DB, "SELECT COUNT(*) FROM orders"); n != shoppers {
		t.Errorf("%d shoppers have %d orders", shoppers, n)
	}
	t.Logf("%d of %d orders were there before the form was sent again", early, shoppers)
}
