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
)

// R45: what belongs to somebody else is answered like what there is not: same
// status, same headers, same page, for browsers and scripts.
func TestOthersOrdersLookLikeNoOrders(t *testing.T) {
	t.Parallel()
	s, _ := newGuarded(t)
	victim, stranger, nobody := s.visitor(t), s.visitor(t), s.visitor(t)
	theirs := victim.settle()
	stranger.settle()
	none := "/orders/" + cart.NewOrderNumber().String()
	spelt := strings.ToLower(strings.ReplaceAll(theirs, "-", ""))
	for _, v := range []*visitor{stranger, nobody} {
		for _, accept := range []string{asPage, asJSON} {
			for _, method := range []string{"GET", "HEAD"} {
				want := v.ask(method, none, "", "Accept", accept).want(t, http.StatusNotFound)
				for _, path := range []string{theirs, spelt, theirs + "?number=" + none, none[:len(none)-1] + "A", "/orders/x"} {
					got := v.ask(method, path, "", "Accept", accept)
					got.Header.Del("Date")
					want.Header.Del("Date")
					if got.StatusCode != want.StatusCode || blank(got.body) != blank(want.body) || !maps.EqualFunc(got.Header, want.Header, equal) {
						t.Errorf("%s %s is not answered like %s:\n%v\n%v", method, path, none, got.Header, want.Header)
					}
				}
			}
		}
	}
	victim.get(theirs).want(t, http.StatusOK)
}

func equal(a, b []string) bool { return strings.Join(a, "\n") == strings.Join(b, "\n") }

// R45, R53: nor does a form that names somebody else's cart tell, or do, anything.
func TestOthersCartsAreOutOfReach(t *testing.T) {
	t.Parallel()
	s, _ := newGuarded(t)
	victim, stranger := s.visitor(t), s.visitor(t)
	victim.settle()
	victim.post("/session/values", "key", "username", "value", "the-victim")
	form := victim.checkoutForm()
	kept := s.data(t, victim.token())
	stranger.settle()
	for _, fields := range [][]string{form, append(form[:2:2], ada...), append([]string{"id", form[1], "session", victim.token()}, form...)} {
		r := stranger.post("/checkout", fields...).want(t, http.StatusConflict)
		if strings.Contains(r.body, "the-victim") {
			t.Error("the page shows whose cart it is")
		}
	}
	for _, path := range []string{"/cart/clear", "/session/destroy", "/session/renew", "/session/values/username/remove"} {
		stranger.post(path+"?id="+form[1], "id", form[1], "session", hashOf(victim.token()), "token", victim.token()).want(t, http.StatusSeeOther)
	}
	if got := s.data(t, victim.token()); got != kept {
		t.Errorf("the victim's session holds %s, and held %s", got, kept)
	}
	order := victim.post("/checkout", form...).want(t, http.StatusSeeOther).Header.Get("Location")
	for _, v := range []*visitor{stranger, s.visitor(t)} {
		r := v.post("/checkout", form...).want(t, http.StatusNotFound, "no such order")
		if strings.Contains(r.body, strings.TrimPrefix(order, "/orders/")) || r.Header.Get("Location") != "" {
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
		v := s.visitor(t)
		for range 1 + random.IntN(12) {
			sku := fmt.Sprintf("peg-%d", 1+random.IntN(60))
			price := random.Int64N(9_223_372_036_854_775_807 / cart.MaxUnits >> random.IntN(56))
			s.exec(t, "UPDATE products SET price = $1, stock = 1000 WHERE sku = $2", price, sku)
			prices[sku] = price
			v.post("/cart/items", "sku", sku, "quantity", fmt.Sprint(1+random.IntN(20))).want(t, http.StatusSeeOther)
		}
		shown := v.cartJSON()
		want := new(big.Int)
		for _, line := range shown.Lines {
			total := new(big.Int).Mul(big.NewInt(prices[line.SKU]), big.NewInt(int64(line.Quantity)))
			if total.Cmp(big.NewInt(int64(line.LineTotal))) != 0 {
				t.Errorf("round %d: %d of %d cost %d, want %d", round, line.Quantity, prices[line.SKU], line.LineTotal, total)
			}
			want.Add(want, total)
		}
		v.post("/checkout", v.checkoutForm()...).want(t, http.StatusSeeOther)
		var total, lines, units int64
		const placed = `SELECT total, (SELECT SUM(unit_price * quantity) FROM order_lines WHERE order_number = number), quantity FROM orders ORDER BY placed_at DESC, rowid DESC LIMIT 1`
		if err := s.store.Read().QueryRow(placed).Scan(&total, &lines, &units); err != nil {
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
	v := s.visitor(t)
	v.post("/cart/items", "sku", "yacht").want(t, http.StatusUnprocessableEntity, "too large to add up")
	form := v.fill("mug", "pan")
	s.exec(t, "UPDATE products SET price = 9223372036854775807 WHERE sku IN ('mug', 'pan')")
	for _, r := range []reply{v.get("/cart"), v.getJSON("/cart"), v.get("/checkout"), v.post("/checkout", form...), v.post("/cart/items", "sku", "mug")} {
		r.want(t, http.StatusUnprocessableEntity, "too large to add up")
	}
	v.post("/cart/items/mug", "quantity", "0").want(t, http.StatusSeeOther)
	v.get("/cart").want(t, http.StatusOK, "Small pan")
	if got := s.count(t, "SELECT COUNT(*) FROM orders"); got != 0 {
		t.Errorf("%d orders, want none", got)
	}
}

// R50: a form cannot say what a thing costs, only what it was seen to cost; and
// where that is wrong, nothing is placed and the shopper is asked.
func TestForgedPriceBuysNothing(t *testing.T) {
	t.Parallel()
	s, _ := newGuarded(t)
	v := s.visitor(t)
	form := v.fill("mug")
	for _, shown := range []string{"mug 1 1", "mug 1 0", "mug 1 -1850", "mug 20 1850", "pan 1 1850", "", "mug 1 1850;pan 1 1", "mug 1 1850;", "mug 1 1850;mug 1 1850",
		"mug  1 1850", "mug 1 1850 ", "mug 01 1850", "mug 1 18446744073709553466", "MUG 1 1850", strings.Repeat("mug 1 1850;", 1000)} {
		form[3] = shown
		v.post("/checkout", form...).want(t, http.StatusConflict, "othing has been placed")
	}
	if n, left := s.count(t, "SELECT COUNT(*) FROM orders"), s.stock(t, "mug"); n != 0 || left != 50 {
		t.Errorf("%d orders, %d mugs left; want none and 50", n, left)
	}
	form[3] = "mug 1 1850"
	v.post("/checkout", form...).want(t, http.StatusSeeOther)
}

// R51: the steps come in order: a cart, what can be bought of it, a contact, an
// order. Who leaves one out is sent back to it, and nothing is placed.
func TestStepsComeInOrder(t *testing.T) {
	t.Parallel()
	s, _ := newGuarded(t)
	v := s.visitor(t)
	full := append([]string{"cart", cart.NewID(), "shown", "mug 1 1850"}, ada...)
	v.get("/checkout").wantRedirect(t, "/cart")
	v.post("/checkout", full...).wantRedirect(t, "/cart")
	v.post("/checkout").wantRedirect(t, "/cart")
	form := v.fill("mug")
	v.post("/checkout", form[:4]...).want(t, http.StatusUnprocessableEntity)
	v.post("/checkout", ada...).want(t, http.StatusConflict)
	s.exec(t, "UPDATE products SET stock = 0 WHERE sku = 'mug'")
	v.get("/checkout").wantRedirect(t, "/cart?blocked=1")
	v.post("/checkout", form...).want(t, http.StatusConflict, "sold out")
	v.post("/cart/clear").want(t, http.StatusSeeOther)
	v.get("/checkout").wantRedirect(t, "/cart")
	v.post("/checkout", form...).wantRedirect(t, "/cart")
	if got := s.count(t, "SELECT COUNT(*) FROM orders"); got != 0 {
		t.Errorf("%d orders, want none", got)
	}
}

// R52, R53, F22, F23: of many who want the last one, and press twice, one gets
// it, once; and what was in stock is in stock or sold.
func TestLastOneIsSoldOnceHoweverOftenAllPress(t *testing.T) {
	t.Parallel()
	s, _ := newGuarded(t)
	s.exec(t, "UPDATE products SET stock = 1 WHERE sku = 'pan'")
	before := s.count(t, "SELECT SUM(stock) FROM products")
	forms := make(map[*visitor][]string)
	for i := range 12 {
		v := s.visitor(t)
		forms[v] = v.fill("pan", fmt.Sprintf("peg-%d", 1+i))
	}
	var mu sync.Mutex
	sold := make(map[string]int) // times that each order was shown
	var buyers sync.WaitGroup
	for v, form := range forms {
		for range 2 {
			buyers.Go(func() {
				r := v.post("/checkout", form...)
				for r.StatusCode == http.StatusServiceUnavailable { // the machine is busy: they press again
					r = v.post("/checkout", form...)
				}
				mu.Lock()
				defer mu.Unlock()
				if r.StatusCode == http.StatusSeeOther {
					sold[r.Header.Get("Location")]++
				} else if r.StatusCode != http.StatusConflict || !strings.Contains(r.text(), "sold out") {
					t.Errorf("status %d: %s", r.StatusCode, r.text())
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
	if n, left := s.count(t, "SELECT COUNT(*) FROM orders"), s.stock(t, "pan"); len(sold) != 1 || n != 1 || left != 0 {
		t.Errorf("%d orders shown, %d placed, %d left; want 1, 1 and 0", len(sold), n, left)
	}
	if after := s.count(t, "SELECT SUM(stock) + (SELECT SUM(quantity) FROM order_lines) FROM products"); after != before {
		t.Errorf("%d in stock and sold, want %d", after, before)
	}
}
