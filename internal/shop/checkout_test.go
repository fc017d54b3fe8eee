package shop_test

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"trolley/test/shoptest"
)

func TestOrderEmptiesTheCartAndTakesTheStock(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	v := s.Visitor(t)
	form := v.Fill("mug", "mug", "pan")
	to := v.Post("/checkout", form...).Want(t, http.StatusSeeOther).Header.Get("Location")
	v.Get(to).Want(t, http.StatusOK, "Ada Lovelace", "Enamel mug", "2 × €18.50", "€61.00", "St James's Square SW1Y 4JH London England", "ada@example.com")
	if got := v.CartLines(); got != "" {
		t.Errorf("cart %q after the order, want nothing in it", got)
	}
	if mugs, pans := s.Stock(t, "mug"), s.Stock(t, "pan"); mugs != 48 || pans != 2 {
		t.Errorf("%d mugs and %d pans left, want 48 and 2", mugs, pans)
	}
	v.Get("/checkout").WantRedirect(t, "/cart")
}

func TestNameAndAddressLeaveTheSessionWithTheOrder(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	v := s.Visitor(t)
	form := v.Fill("mug")
	v.Post("/checkout", append(form[:4:4], "name", "Ada Lovelace", "email", "no", "address", "12 St James's Square", "town", "Turin")...).
		Want(t, http.StatusUnprocessableEntity)
	if got := s.Data(t, v.Token()); !strings.Contains(got, "Ada") || !strings.Contains(got, "Turin") {
		t.Fatalf("what was typed is not kept until the order: %s", got)
	}
	v.Post("/checkout", form...).Want(t, http.StatusSeeOther)
	v.Fill("pan")
	v.Post("/checkout", form...).Want(t, http.StatusSeeOther) // once more: it was sent twice
	if got := s.Data(t, v.Token()); strings.Contains(got, "Ada") || strings.Contains(got, "example.com") || strings.Contains(got, "James") || strings.Contains(got, "London") {
		t.Errorf("after the order the session holds %s", got)
	}
	if got := v.Get("/checkout").Value(t, "name", "email"); got != "" {
		t.Errorf("the next checkout shows %q", got)
	}
}

func TestASecondTabIsToldWhatTheFirstOneOrdered(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	v := s.Visitor(t)
	first := v.Fill("mug")
	v.Post("/cart/items", "sku", "pan")
	second := v.CheckoutForm()
	second = append(second[:8:8], "address", "2 Second Street", "postcode", "W1", "town", "London", "country", "England")
	to := v.Post("/checkout", second...).Want(t, http.StatusSeeOther).Header.Get("Location")
	tell := func(form []string) {
		t.Helper()
		page := v.Post("/checkout", form...).Want(t, http.StatusConflict, "Another tab placed this order first", "was not ordered", "2 Second Street W1 London England", "Small pan")
		if page.Element("a", "href", to) == nil {
			t.Error("no link to the order")
		}
	}
	tell(first)
	elsewhere := append(second[:len(second)-1:len(second)-1], "Scotland")
	tell(elsewhere)
	v.Post("/checkout", second...).WantRedirect(t, to)
	v.Fill("pencil")
	tell(first)
	tell(elsewhere)
	v.Post("/checkout", second...).WantRedirect(t, to)
	if got := s.Count(t, "SELECT count(*) FROM orders"); got != 1 || v.CartLines() != "pencil 1" {
		t.Errorf("%d orders, cart %q", got, v.CartLines())
	}
}

func TestCheckoutComesAfterACart(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	v := s.Visitor(t)
	v.Get("/checkout").WantRedirect(t, "/cart")
	v.Post("/checkout", shoptest.Ada...).WantRedirect(t, "/cart")
	v.Fill("pan", "pan")
	s.Exec(t, "UPDATE products SET stock = 1 WHERE sku = 'pan'")
	v.Get("/checkout").WantRedirect(t, "/cart?blocked=1")
	v.Get("/cart?blocked=1").Want(t, http.StatusOK, "Small pan needs your attention")
	if got := s.Count(t, "SELECT count(*) FROM orders"); got != 0 {
		t.Errorf("%d orders, want none", got)
	}
}

func TestCheckoutGivesBackWhatWasTypedAndKeepsIt(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	v := s.Visitor(t)
	form := v.Fill("mug")
	for _, wrong := range [][]string{
		{"name", "", "email", "nobody", "address", "here"},
		{"name", "Ada\x00", "email", "ada@", "address", "<b>12 St James's Square</b>"},
		{"name", strings.Repeat("é", 81), "email", "a@b@c", "address", strings.Repeat("x", 401)},
	} {
		fields := append(append(form[:4:4], wrong...), shoptest.London...)
		for _, page := range []shoptest.Reply{v.Post("/checkout", fields...).Want(t, http.StatusUnprocessableEntity), v.Get("/checkout").Want(t, http.StatusOK)} {
			if got, want := page.Value(t, "name", "email"), wrong[3]; got != want {
				t.Errorf("%s: email %q, want %q", page.Request.URL, got, want)
			}
			if area := page.Element("textarea", "name", "address"); area == nil || area.FirstChild.Data != wrong[5] {
				t.Errorf("%s: not the address that was typed", page.Request.URL)
			}
		}
		shoptest.CheckRefusal(t, v.PostJSON("/checkout", fields...), "name")
	}
	if got := s.Count(t, "SELECT count(*) FROM orders"); got != 0 {
		t.Errorf("%d orders, want none", got)
	}
	v.Post("/checkout", v.CheckoutForm()...).Want(t, http.StatusSeeOther)
}

func TestCheckoutTakesAnOversizedAddressWithoutLosingTheCart(t *testing.T) {
	t.Parallel()
	v := shoptest.New(t).Visitor(t)
	form := v.Fill("mug")
	form = append(form[:8:8], "address", strings.Repeat("x", 20_000))
	v.Post("/checkout", form...).Want(t, http.StatusUnprocessableEntity)
	if got := v.CartLines(); got != "mug 1" {
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
			s := shoptest.New(t)
			v := s.Visitor(t)
			form := v.Fill("mug", "pan")
			s.Exec(t, tt.change)
			page := v.Post("/checkout", form...).Want(t, http.StatusConflict, tt.says...)
			if strings.Contains(page.Text(), "1 at €24.00 1 at €24.00") {
				t.Error("a line that did not change is listed")
			}
			if n := s.Count(t, "SELECT count(*) FROM orders"); n != 0 || v.CartLines() != "mug 1, pan 1" {
				t.Errorf("%d orders, cart %q; want none, and the cart as it was", n, v.CartLines())
			}
			if way := page.Element("form", "action", "/cart/items/mug"); (way == nil) != tt.sold {
				t.Errorf("the line that keeps the order from being placed has no button of its own, or another line has one")
			}
			again := v.Post("/checkout", shoptest.HiddenFields(t, page)...)
			if sold := again.StatusCode == http.StatusSeeOther; sold != tt.sold {
				t.Errorf("the fresh form: status %d\n%s", again.StatusCode, again.Text())
			}
		})
	}
}

func TestCheckoutOfAnotherTabAsksAgain(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	v := s.Visitor(t)
	form := v.Fill("mug", "pan")
	v.Post("/cart/items/mug", "quantity", "2")
	v.Post("/cart/items/pan", "quantity", "0")
	v.Post("/cart/items", "sku", "pencil")
	v.Post("/checkout", form...).Want(t, http.StatusConflict,
		"Enamel mug 1 at €18.50 2 at €18.50", "Brass pencil not in your cart 1 at €2.50", "Small pan 1 at €24.00 not in your cart")
	v.Post("/cart/clear")
	v.Post("/checkout", form...).WantRedirect(t, "/cart")
	// A form whose hidden fields were lost or made up places nothing either.
	v.Fill("mug")
	v.Post("/checkout", shoptest.Ada...).Want(t, http.StatusConflict, "Enamel mug not in your cart 1 at €18.50")
	v.Post("/checkout", append([]string{"cart", "x' OR 1=1", "shown", "mug 1 1"}, shoptest.Ada...)...).Want(t, http.StatusConflict)
	if got := s.Count(t, "SELECT count(*) FROM orders"); got != 0 {
		t.Errorf("%d orders, want none", got)
	}
}

func TestSameLinesInAnotherCartAskAgain(t *testing.T) {
	t.Parallel()
	v := shoptest.New(t).Visitor(t)
	form := v.Fill("mug")
	form[1] = strings.Repeat("a", 26)
	page := v.Post("/checkout", form...).Want(t, http.StatusConflict, "opened for another cart")
	v.Post("/checkout", shoptest.HiddenFields(t, page)...).Want(t, http.StatusSeeOther)
}

func TestDoubleSubmitIsOneOrder(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	v := s.Visitor(t)
	servers := []*shoptest.Visitor{v, v.At(s.Twin(t))}
	form := v.Fill("mug")
	to := make([]string, 8)
	var submits sync.WaitGroup
	for i := range to {
		submits.Go(func() {
			to[i] = servers[i%2].Post("/checkout", form...).Want(t, http.StatusSeeOther).Header.Get("Location")
		})
	}
	submits.Wait()
	for _, other := range append(to, v.Post("/checkout", form...).Header.Get("Location")) {
		if !strings.HasPrefix(other, "/orders/") || other != to[0] {
			t.Errorf("to %q and to %q, want one order", to[0], other)
		}
	}
	// A new cart does not get in the way of the old form.
	v.Fill("pan")
	v.Post("/checkout", form...).WantRedirect(t, to[0])
	if got := s.Count(t, "SELECT count(*) FROM orders"); got != 1 || s.Stock(t, "mug") != 49 {
		t.Errorf("%d orders, %d mugs left; want 1 and 49", got, s.Stock(t, "mug"))
	}
}

func TestLastOneIsSoldOnce(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	s.Exec(t, "UPDATE products SET stock = 1 WHERE sku = 'pan'")
	forms := make(map[*shoptest.Visitor][]string)
	for range 6 {
		v := s.Visitor(t)
		forms[v] = v.Fill("pan")
	}
	var buyers sync.WaitGroup
	for v, form := range forms {
		buyers.Go(func() {
			if r := v.Post("/checkout", form...); r.StatusCode != http.StatusSeeOther {
				r.Want(t, http.StatusConflict, "sold out")
			}
		})
	}
	buyers.Wait()
	if got := s.Count(t, "SELECT count(*) FROM orders"); got != 1 || s.Stock(t, "pan") != 0 {
		t.Errorf("%d orders, %d pans left; want 1 and 0", got, s.Stock(t, "pan"))
	}
}

func TestSomebodyElsesFormIsNoOrderOfMine(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	victim, stranger := s.Visitor(t), s.Visitor(t)
	form := victim.Fill("mug")
	victim.Post("/checkout", form...).Want(t, http.StatusSeeOther)
	stranger.Post("/checkout", form...).Want(t, http.StatusNotFound, "no such order")
	stranger.Fill("pan")
	stranger.Post("/checkout", form...).Want(t, http.StatusNotFound, "no such order")
	if got := stranger.CartLines(); got != "pan 1" {
		t.Errorf("cart %q, want pan 1", got)
	}
}

func TestOrderAndEmptiedCartAreKeptTogetherOrNotAtAll(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	v := s.Visitor(t)
	form := v.Fill("mug")
	s.Exec(t, shoptest.OnEngine("CREATE TRIGGER fault BEFORE UPDATE OF data ON sessions BEGIN SELECT RAISE(ABORT, 'fault'); END",
		"ALTER TABLE sessions ADD CONSTRAINT fault CHECK (data LIKE '%enamel%') NOT VALID"))
	v.Post("/checkout", form...).Want(t, http.StatusInternalServerError)
	if got := s.Count(t, "SELECT count(*) FROM orders"); got != 0 || s.Stock(t, "mug") != 50 || v.CartLines() != "mug 1" {
		t.Errorf("%d orders, %d mugs left, cart %q; want all as it was", got, s.Stock(t, "mug"), v.CartLines())
	}
	s.Exec(t, shoptest.OnEngine("DROP TRIGGER fault", "ALTER TABLE sessions DROP CONSTRAINT fault"))
	v.Post("/checkout", form...).Want(t, http.StatusSeeOther)
}

// What a session row restored from a backup looks like, and a submit on another
// server in the moment before it loads the session.
func TestSessionThatStillHoldsAnOrderedCartFindsItsOrder(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	v := s.Visitor(t)
	form := v.Fill("mug")
	s.Exec(t, "CREATE TABLE backup AS SELECT * FROM sessions")
	to := v.Post("/checkout", form...).Want(t, http.StatusSeeOther).Header.Get("Location")
	s.Exec(t, "UPDATE sessions SET data = (SELECT data FROM backup)")
	v.Post("/checkout", form...).WantRedirect(t, to)
	v.Get(to).Want(t, http.StatusOK, "Ada Lovelace")
	if got := s.Count(t, "SELECT count(*) FROM orders"); got != 1 || v.CartLines() != "" {
		t.Errorf("%d orders, cart %q; want 1 and nothing", got, v.CartLines())
	}
}

// Browsers fill in what autocomplete names.
func TestEveryFieldOfTheCheckoutSaysWhatABrowserFillsIn(t *testing.T) {
	t.Parallel()
	v := shoptest.New(t).Visitor(t)
	form := v.Fill("mug")
	for field, autocomplete := range map[string]string{"name": "name", "email": "email", "address": "street-address",
		"postcode": "postal-code", "town": "address-level2", "country": "country-name"} {
		missing := append(form[:len(form):len(form)], field, "")
		at := slices.Index(missing, field)
		missing = slices.Delete(missing, at, at+2)
		page := v.Post("/checkout", missing...).Want(t, http.StatusUnprocessableEntity)
		tag := "input"
		if field == "address" {
			tag = "textarea"
		}
		if e := page.Element(tag, "id", field, "autocomplete", autocomplete, "aria-invalid", "true"); e == nil {
			t.Errorf("the field %s has no autocomplete=%s, or is not marked", field, autocomplete)
		}
		if page.Element("a", "href", "#"+field) == nil {
			t.Errorf("nothing leads to the field %s", field)
		}
	}
	v.Post("/checkout", form...).Want(t, http.StatusSeeOther)
}

func TestAnOlderOrderKeepsItsAddress(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	v := s.Visitor(t)
	order := v.Order("mug")
	s.Exec(t, "UPDATE orders SET address = '1 Old Street\nOld Town', postcode = '', town = '', country = ''")
	v.Get(order).Want(t, http.StatusOK, "Ada Lovelace 1 Old Street Old Town Email")
}

func TestTheNoticeStandsFromTheFirstPageToTheReceipt(t *testing.T) {
	t.Parallel()
	for _, notice := range []string{"Delivery in 3 days. VAT is in the price.", ""} {
		v := shoptest.New(t, func(o *shoptest.Settings) { o.Notice = notice }).Visitor(t)
		v.Get("/").Want(t, http.StatusOK, "rooms. "+notice)
		v.Fill("mug")
		v.Get("/checkout").Want(t, http.StatusOK, notice+" Place the order")
		v.Get(v.Order("mug")).Want(t, http.StatusOK, notice+" Print the receipt")
	}
}
