package main

import (
	"net/http"
	"strings"
	"sync"
	"testing"
)

// ada is who buys in the tests.
var ada = []string{"name", "Ada Lovelace", "email", "ada@example.com", "address", "12 St James's Square\r\nLondon"}

// checkoutForm returns the fields of the checkout page as a browser would send
// them back, with what ada types.
func (v *visitor) checkoutForm() []string {
	v.t.Helper()
	page := v.get("/checkout").want(v.t, http.StatusOK)
	return hiddenFields(v.t, page)
}

func hiddenFields(t testing.TB, page reply) []string {
	t.Helper()
	return append([]string{"cart", page.value(t, "name", "cart"), "shown", page.value(t, "name", "shown")}, ada...)
}

// fill fills a cart and returns its checkout form.
func (v *visitor) fill(skus ...string) []string {
	v.t.Helper()
	for _, sku := range skus {
		v.post("/cart/items", "sku", sku).want(v.t, http.StatusSeeOther)
	}
	return v.checkoutForm()
}

func TestOrderEmptiesTheCartAndTakesTheStock(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	v := s.visitor(t)
	form := v.fill("mug", "mug", "pan")
	to := v.post("/checkout", form...).want(t, http.StatusSeeOther).Header.Get("Location")
	v.get(to).want(t, http.StatusOK, "Ada Lovelace", "Enamel mug", "2 × €18.50", "€61.00", "St James's Square London", "ada@example.com")
	if got := v.cartLines(); got != "" {
		t.Errorf("cart %q after the order, want nothing in it", got)
	}
	if mugs, pans := s.stock(t, "mug"), s.stock(t, "pan"); mugs != 48 || pans != 2 {
		t.Errorf("%d mugs and %d pans left, want 48 and 2", mugs, pans)
	}
	v.get("/checkout").wantRedirect(t, "/cart")
	v.fill("pencil")
	if got := v.get("/checkout").value(t, "name", "email"); got != "ada@example.com" {
		t.Errorf("the next checkout remembers %q", got)
	}
}

func (s *shop) stock(t *testing.T, sku string) int {
	t.Helper()
	return s.count(t, "SELECT stock FROM products WHERE sku = $1", sku)
}

func TestCheckoutComesAfterACart(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	v := s.visitor(t)
	v.get("/checkout").wantRedirect(t, "/cart")
	v.post("/checkout", ada...).wantRedirect(t, "/cart")
	v.fill("pan", "pan")
	s.exec(t, "UPDATE products SET stock = 1 WHERE sku = 'pan'")
	v.get("/checkout").wantRedirect(t, "/cart?blocked=1")
	v.get("/cart?blocked=1").want(t, http.StatusOK, "cannot be bought as it stands")
	if got := s.count(t, "SELECT count(*) FROM orders"); got != 0 {
		t.Errorf("%d orders, want none", got)
	}
}

func TestCheckoutGivesBackWhatWasTypedAndKeepsIt(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	v := s.visitor(t)
	form := v.fill("mug")
	for _, wrong := range [][]string{
		{"name", "", "email", "nobody", "address", "here"},
		{"name", "Ada\x00", "email", "ada@", "address", "<b>12 St James's Square</b>"},
		{"name", strings.Repeat("é", 81), "email", "a@b@c", "address", strings.Repeat("x", 401)},
	} {
		fields := append(form[:4:4], wrong...)
		for _, page := range []reply{v.post("/checkout", fields...).want(t, http.StatusUnprocessableEntity), v.get("/checkout").want(t, http.StatusOK)} {
			if got, want := page.value(t, "name", "email"), wrong[3]; got != want {
				t.Errorf("%s: email %q, want %q", page.Request.URL, got, want)
			}
			if area := page.element("textarea", "name", "address"); area == nil || area.FirstChild.Data != wrong[5] {
				t.Errorf("%s: not the address that was typed", page.Request.URL)
			}
		}
		checkRefusal(t, v.postJSON("/checkout", fields...), "name")
	}
	if got := s.count(t, "SELECT count(*) FROM orders"); got != 0 {
		t.Errorf("%d orders, want none", got)
	}
	v.post("/checkout", v.checkoutForm()...).want(t, http.StatusSeeOther)
}

func TestCheckoutTakesAnOversizedAddressWithoutLosingTheCart(t *testing.T) {
	t.Parallel()
	v := newShop(t).visitor(t)
	form := v.fill("mug")
	form[len(form)-1] = strings.Repeat("x", 20_000)
	v.post("/checkout", form...).want(t, http.StatusUnprocessableEntity)
	if got := v.cartLines(); got != "mug 1" {
		t.Errorf("cart %q, want mug 1", got)
	}
}

func TestChangedPriceOrStockAsksAgain(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		change string
		says   []string
		sold   bool // the fresh form can be sent
	}{
		"dearer":    {"UPDATE products SET price = 2000 WHERE sku = 'mug'", []string{"Enamel mug", "1 at €18.50", "1 at €20.00"}, true},
		"cheaper":   {"UPDATE products SET price = 1 WHERE sku = 'mug'", []string{"1 at €18.50", "1 at €0.01"}, true},
		"sold out":  {"UPDATE products SET stock = 0 WHERE sku = 'mug'", []string{"1 at €18.50: sold out", "Sold out."}, false},
		"withdrawn": {"UPDATE products SET withdrawn = TRUE WHERE sku = 'mug'", []string{"1 at €18.50: no longer sold"}, false},
		"gone":      {"DELETE FROM products WHERE sku = 'mug'", []string{"1 at €18.50: no longer sold"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t)
			v := s.visitor(t)
			form := v.fill("mug", "pan")
			s.exec(t, tt.change)
			page := v.post("/checkout", form...).want(t, http.StatusConflict, tt.says...)
			if strings.Contains(page.text(), "1 at €24.00 1 at €24.00") {
				t.Error("a line that did not change is listed")
			}
			if n := s.count(t, "SELECT count(*) FROM orders"); n != 0 || v.cartLines() != "mug 1, pan 1" {
				t.Errorf("%d orders, cart %q; want none, and the cart as it was", n, v.cartLines())
			}
			again := v.post("/checkout", hiddenFields(t, page)...)
			if sold := again.StatusCode == http.StatusSeeOther; sold != tt.sold {
				t.Errorf("the fresh form: status %d\n%s", again.StatusCode, again.text())
			}
		})
	}
}

func TestCheckoutOfAnotherTabAsksAgain(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	v := s.visitor(t)
	form := v.fill("mug", "pan")
	v.post("/cart/items/mug", "quantity", "2")
	v.post("/cart/items/pan", "quantity", "0")
	v.post("/cart/items", "sku", "pencil")
	v.post("/checkout", form...).want(t, http.StatusConflict,
		"Enamel mug 1 at €18.50 2 at €18.50", "Brass pencil not in your cart 1 at €2.50", "Small pan 1 at €24.00 not in your cart")
	v.post("/cart/clear")
	v.post("/checkout", form...).wantRedirect(t, "/cart")
	// A form whose hidden fields were lost or made up places nothing either.
	v.fill("mug")
	v.post("/checkout", ada...).want(t, http.StatusConflict, "Enamel mug not in your cart 1 at €18.50")
	v.post("/checkout", append([]string{"cart", "x' OR 1=1", "shown", "mug 1 1"}, ada...)...).want(t, http.StatusConflict)
	if got := s.count(t, "SELECT count(*) FROM orders"); got != 0 {
		t.Errorf("%d orders, want none", got)
	}
}

func TestSameLinesInAnotherCartAskAgain(t *testing.T) {
	t.Parallel()
	v := newShop(t).visitor(t)
	form := v.fill("mug")
	form[1] = strings.Repeat("a", 26)
	page := v.post("/checkout", form...).want(t, http.StatusConflict, "opened for another cart")
	v.post("/checkout", hiddenFields(t, page)...).want(t, http.StatusSeeOther)
}

func TestDoubleSubmitIsOneOrder(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	v := s.visitor(t)
	servers := []*visitor{v, v.at(s.twin(t))}
	form := v.fill("mug")
	to := make([]string, 8)
	var submits sync.WaitGroup
	for i := range to {
		submits.Go(func() {
			to[i] = servers[i%2].post("/checkout", form...).want(t, http.StatusSeeOther).Header.Get("Location")
		})
	}
	submits.Wait()
	for _, other := range append(to, v.post("/checkout", form...).Header.Get("Location")) {
		if !strings.HasPrefix(other, "/orders/") || other != to[0] {
			t.Errorf("to %q and to %q, want one order", to[0], other)
		}
	}
	// A new cart does not get in the way of the old form.
	v.fill("pan")
	v.post("/checkout", form...).wantRedirect(t, to[0])
	if got := s.count(t, "SELECT count(*) FROM orders"); got != 1 || s.stock(t, "mug") != 49 {
		t.Errorf("%d orders, %d mugs left; want 1 and 49", got, s.stock(t, "mug"))
	}
}

func TestLastOneIsSoldOnce(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.exec(t, "UPDATE products SET stock = 1 WHERE sku = 'pan'")
	forms := make(map[*visitor][]string)
	for range 6 {
		v := s.visitor(t)
		forms[v] = v.fill("pan")
	}
	var buyers sync.WaitGroup
	for v, form := range forms {
		buyers.Go(func() {
			if r := v.post("/checkout", form...); r.StatusCode != http.StatusSeeOther {
				r.want(t, http.StatusConflict, "sold out")
			}
		})
	}
	buyers.Wait()
	if got := s.count(t, "SELECT count(*) FROM orders"); got != 1 || s.stock(t, "pan") != 0 {
		t.Errorf("%d orders, %d pans left; want 1 and 0", got, s.stock(t, "pan"))
	}
}

func TestSomebodyElsesFormIsNoOrderOfMine(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	victim, stranger := s.visitor(t), s.visitor(t)
	form := victim.fill("mug")
	victim.post("/checkout", form...).want(t, http.StatusSeeOther)
	stranger.post("/checkout", form...).want(t, http.StatusNotFound, "no such order")
	stranger.fill("pan")
	stranger.post("/checkout", form...).want(t, http.StatusNotFound, "no such order")
	if got := stranger.cartLines(); got != "pan 1" {
		t.Errorf("cart %q, want pan 1", got)
	}
}

func TestOrderAndEmptiedCartAreKeptTogetherOrNotAtAll(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	v := s.visitor(t)
	form := v.fill("mug")
	s.exec(t, onEngine("CREATE TRIGGER fault BEFORE UPDATE OF data ON sessions BEGIN SELECT RAISE(ABORT, 'fault'); END",
		"ALTER TABLE sessions ADD CONSTRAINT fault CHECK (data LIKE '%enamel%') NOT VALID"))
	v.post("/checkout", form...).want(t, http.StatusInternalServerError)
	if got := s.count(t, "SELECT count(*) FROM orders"); got != 0 || s.stock(t, "mug") != 50 || v.cartLines() != "mug 1" {
		t.Errorf("%d orders, %d mugs left, cart %q; want all as it was", got, s.stock(t, "mug"), v.cartLines())
	}
	s.exec(t, onEngine("DROP TRIGGER fault", "ALTER TABLE sessions DROP CONSTRAINT fault"))
	v.post("/checkout", form...).want(t, http.StatusSeeOther)
}

// What a session row restored from a backup looks like, and a submit on another
// server in the moment before it loads the session.
func TestSessionThatStillHoldsAnOrderedCartFindsItsOrder(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	v := s.visitor(t)
	form := v.fill("mug")
	s.exec(t, "CREATE TABLE backup AS SELECT * FROM sessions")
	to := v.post("/checkout", form...).want(t, http.StatusSeeOther).Header.Get("Location")
	s.exec(t, "UPDATE sessions SET data = (SELECT data FROM backup)")
	v.post("/checkout", form...).wantRedirect(t, to)
	v.get(to).want(t, http.StatusOK, "Ada Lovelace")
	if got := s.count(t, "SELECT count(*) FROM orders"); got != 1 || v.cartLines() != "" {
		t.Errorf("%d orders, cart %q; want 1 and nothing", got, v.cartLines())
	}
}
