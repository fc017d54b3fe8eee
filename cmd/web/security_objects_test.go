package main

import (
	"fmt"
	"maps"
	"math/big"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"

	"trolley/internal/cart"
	"trolley/test/shoptest"
)

// R45: what belongs to somebody else is answered like what there is not: same
// status, same headers, same page, for browsers and scripts.
func TestOthersOrdersLookLikeNoOrders(t *testing.T) {
	t.Parallel()
	s, _ := newGuarded(t)
	victim, stranger, nobody := s.Visitor(t), s.Visitor(t), s.Visitor(t)
	theirs := victim.Settle()
	stranger.Settle()
	none := "/orders/" + cart.NewOrderNumber().String()
	spelt := strings.ToLower(strings.ReplaceAll(theirs, "-", ""))
	for _, v := range []*shoptest.Visitor{stranger, nobody} {
		for _, accept := range []string{shoptest.AsPage, shoptest.AsJSON} {
			for _, method := range []string{"GET", "HEAD"} {
				want := v.Ask(method, none, "", "Accept", accept, "Sec-Fetch-Site", "same-origin").Want(t, http.StatusNotFound)
				for _, path := range []string{theirs, spelt, theirs + "?number=" + none, none[:len(none)-1] + "A", "/orders/x"} {
					got := v.Ask(method, path, "", "Accept", accept, "Sec-Fetch-Site", "same-origin")
					for _, own := range []string{"Date", "X-Request-Id"} {
						got.Header.Del(own)
						want.Header.Del(own)
					}
					if got.StatusCode != want.StatusCode || shoptest.Blank(got.Body) != shoptest.Blank(want.Body) || !maps.EqualFunc(got.Header, want.Header, equal) {
						t.Errorf("%s %s is not answered like %s:\n%v\n%v", method, path, none, got.Header, want.Header)
					}
				}
			}
		}
	}
	victim.Get(theirs).Want(t, http.StatusOK)
}

func equal(a, b []string) bool { return strings.Join(a, "\n") == strings.Join(b, "\n") }

// R45, R53: nor does a form that names somebody else's cart tell, or do, anything.
func TestOthersCartsAreOutOfReach(t *testing.T) {
	t.Parallel()
	s, _ := newGuarded(t)
	victim, stranger := s.Visitor(t), s.Visitor(t)
	victim.Settle()
	victim.Post("/session/values", "key", "username", "value", "the-victim")
	form := victim.CheckoutForm()
	kept := s.Data(t, victim.Token())
	stranger.Settle()
	for _, fields := range [][]string{form, append(form[:2:2], shoptest.Ada...), append([]string{"id", form[1], "session", victim.Token()}, form...)} {
		r := stranger.Post("/checkout", fields...).Want(t, http.StatusConflict)
		if strings.Contains(r.Body, "the-victim") {
			t.Error("the page shows whose cart it is")
		}
	}
	for _, path := range []string{"/cart/clear", "/session/destroy", "/session/renew", "/session/values/username/remove"} {
		stranger.Post(path+"?id="+form[1], "id", form[1], "session", shoptest.HashOf(victim.Token()), "token", victim.Token()).Want(t, http.StatusSeeOther)
	}
	if got := s.Data(t, victim.Token()); got != kept {
		t.Errorf("the victim's session holds %s, and held %s", got, kept)
	}
	order := victim.Post("/checkout", form...).Want(t, http.StatusSeeOther).Header.Get("Location")
	for _, v := range []*shoptest.Visitor{stranger, s.Visitor(t)} {
		r := v.Post("/checkout", form...).Want(t, http.StatusNotFound, "no such order")
		if strings.Contains(r.Body, strings.TrimPrefix(order, "/orders/")) || r.Header.Get("Location") != "" {
			t.Error("the answer leads to the order")
		}
	}
}

// R50: an order costs what its things cost, as big.Int counts it, and the cart
// says so before.
func TestTotalsAreTheSumsOfTheirLines(t *testing.T) {
	t.Parallel()
	s, _ := newGuarded(t)
	random := rand.New(rand.NewPCG(50, 2026))
	for round := range 12 {
		prices := make(map[string]int64)
		v := s.Visitor(t)
		for range 1 + random.IntN(12) {
			sku := fmt.Sprintf("peg-%d", 1+random.IntN(60))
			price := random.Int64N(9_223_372_036_854_775_807 / cart.MaxUnits >> random.IntN(56))
			s.Exec(t, "UPDATE products SET price = $1, stock = 1000 WHERE sku = $2", price, sku)
			prices[sku] = price
			v.Post("/cart/items", "sku", sku, "quantity", fmt.Sprint(1+random.IntN(20))).Want(t, http.StatusSeeOther)
		}
		shown := v.CartJSON()
		want := new(big.Int)
		for _, line := range shown.Lines {
			total := new(big.Int).Mul(big.NewInt(prices[line.SKU]), big.NewInt(int64(line.Quantity)))
			if total.Cmp(big.NewInt(int64(line.LineTotal))) != 0 {
				t.Errorf("round %d: %d of %d cost %d, want %d", round, line.Quantity, prices[line.SKU], line.LineTotal, total)
			}
			want.Add(want, total)
		}
		v.Post("/checkout", v.CheckoutForm()...).Want(t, http.StatusSeeOther)
		var total, lines, units int64
		const placed = `SELECT total, (SELECT SUM(unit_price * quantity) FROM order_lines WHERE order_number = number), quantity FROM orders ORDER BY placed_at DESC, rowid DESC LIMIT 1`
		if err := s.Store.Read().QueryRow(placed).Scan(&total, &lines, &units); err != nil {
			t.Fatal(err)
		}
		if want.Cmp(big.NewInt(total)) != 0 || total != lines || want.Cmp(big.NewInt(int64(shown.Subtotal))) != 0 || int(units) != shown.Quantity {
			t.Errorf("round %d: %d ordered, %d in its lines, %d shown, want %d", round, total, lines, shown.Subtotal, want)
		}
	}
}

// R50, F21: an amount that does not fit is refused, and never wraps around to a
// gift.
func TestAmountsThatDoNotFitAreRefused(t *testing.T) {
	t.Parallel()
	s, _ := newGuarded(t)
	v := s.Visitor(t)
	v.Post("/cart/items", "sku", "yacht").Want(t, http.StatusUnprocessableEntity, "too large to add up")
	form := v.Fill("mug", "pan")
	s.Exec(t, "UPDATE products SET price = 9223372036854775807 WHERE sku IN ('mug', 'pan')")
	for _, r := range []shoptest.Reply{v.Get("/cart"), v.GetJSON("/cart"), v.Get("/checkout"), v.Post("/checkout", form...), v.Post("/cart/items", "sku", "mug")} {
		r.Want(t, http.StatusUnprocessableEntity, "too large to add up")
	}
	v.Post("/cart/items/mug", "quantity", "0").Want(t, http.StatusSeeOther)
	v.Get("/cart").Want(t, http.StatusOK, "Small pan")
	if got := s.Count(t, "SELECT COUNT(*) FROM orders"); got != 0 {
		t.Errorf("%d orders, want none", got)
	}
}

// R50: a form cannot say what a thing costs, only what it was seen to cost; and
// where that is wrong, nothing is placed and the shopper is asked.
func TestForgedPriceBuysNothing(t *testing.T) {
	t.Parallel()
	s, _ := newGuarded(t)
	v := s.Visitor(t)
	form := v.Fill("mug")
	for _, shown := range []string{"mug 1 1", "mug 1 0", "mug 1 -1850", "mug 20 1850", "pan 1 1850", "", "mug 1 1850;pan 1 1", "mug 1 1850;", "mug 1 1850;mug 1 1850",
		"mug  1 1850", "mug 1 1850 ", "mug 01 1850", "mug 1 18446744073709553466", "MUG 1 1850", strings.Repeat("mug 1 1850;", 1000)} {
		form[3] = shown
		v.Post("/checkout", form...).Want(t, http.StatusConflict, "othing has been placed")
	}
	if n, left := s.Count(t, "SELECT COUNT(*) FROM orders"), s.Stock(t, "mug"); n != 0 || left != 50 {
		t.Errorf("%d orders, %d mugs left; want none and 50", n, left)
	}
	form[3] = "mug 1 1850"
	v.Post("/checkout", form...).Want(t, http.StatusSeeOther)
}

// R51: the steps come in order: a cart, what can be bought of it, a contact, an
// order. Who leaves one out is sent back to it, and nothing is placed.
func TestStepsComeInOrder(t *testing.T) {
	t.Parallel()
	s, _ := newGuarded(t)
	v := s.Visitor(t)
	full := append([]string{"cart", cart.NewID(), "shown", "mug 1 1850"}, shoptest.Ada...)
	v.Get("/checkout").WantRedirect(t, "/cart")
	v.Post("/checkout", full...).WantRedirect(t, "/cart")
	v.Post("/checkout").WantRedirect(t, "/cart")
	form := v.Fill("mug")
	v.Post("/checkout", form[:4]...).Want(t, http.StatusUnprocessableEntity)
	v.Post("/checkout", shoptest.Ada...).Want(t, http.StatusConflict)
	s.Exec(t, "UPDATE products SET stock = 0 WHERE sku = 'mug'")
	v.Get("/checkout").WantRedirect(t, "/cart?blocked=1")
	v.Post("/checkout", form...).Want(t, http.StatusConflict, "sold out")
	v.Post("/cart/clear").Want(t, http.StatusSeeOther)
	v.Get("/checkout").WantRedirect(t, "/cart")
	v.Post("/checkout", form...).WantRedirect(t, "/cart")
	if got := s.Count(t, "SELECT COUNT(*) FROM orders"); got != 0 {
		t.Errorf("%d orders, want none", got)
	}
}

// R52, R53, F22, F23: of many who want the last one, and press twice, one gets
// it, once; and what was in stock is in stock or sold.
func TestLastOneIsSoldOnceHoweverOftenAllPress(t *testing.T) {
	t.Parallel()
	s, _ := newGuarded(t)
	s.Exec(t, "UPDATE products SET stock = 1 WHERE sku = 'pan'")
	before := s.Count(t, "SELECT SUM(stock) FROM products")
	forms := make(map[*shoptest.Visitor][]string)
	for i := range 12 {
		v := s.Visitor(t)
		forms[v] = v.Fill("pan", fmt.Sprintf("peg-%d", 1+i))
	}
	var mu sync.Mutex
	sold := make(map[string]int) // times that each order was shown
	var buyers sync.WaitGroup
	for v, form := range forms {
		for range 2 {
			buyers.Go(func() {
				r := v.Post("/checkout", form...)
				for r.StatusCode == http.StatusServiceUnavailable { // the machine is busy: they press again
					r = v.Post("/checkout", form...)
				}
				mu.Lock()
				defer mu.Unlock()
				if r.StatusCode == http.StatusSeeOther {
					sold[r.Header.Get("Location")]++
				} else if r.StatusCode != http.StatusConflict || !strings.Contains(r.Text(), "sold out") {
					t.Errorf("status %d: %s", r.StatusCode, r.Text())
				}
			})
		}
	}
	buyers.Wait()
	for order, times := range sold {
		if times != 2 || !strings.HasPrefix(order, "/orders/") {
			t.Errorf("%s was shown %d times, want twice", order, times)
		}
	}
	if n, left := s.Count(t, "SELECT COUNT(*) FROM orders"), s.Stock(t, "pan"); len(sold) != 1 || n != 1 || left != 0 {
		t.Errorf("%d orders shown, %d placed, %d left; want 1, 1 and 0", len(sold), n, left)
	}
	if after := s.Count(t, "SELECT SUM(stock) + (SELECT SUM(quantity) FROM order_lines) FROM products"); after != before {
		t.Errorf("%d in stock and sold, want %d", after, before)
	}
}
