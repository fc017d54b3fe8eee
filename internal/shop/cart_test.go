package shop_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"trolley/internal/shop"
	"trolley/internal/web"
	"trolley/test/shoptest"
)

func TestAddSetRemoveUndoClear(t *testing.T) {
	t.Parallel()
	v := shoptest.New(t).Visitor(t)
	for _, step := range []struct {
		path, sku, quantity string
		to                  string // the redirect
		says                string // what the page there says
		cart                string // what is in it afterwards
	}{
		{"/cart/items", "mug", "2", "/cart?added=mug&quantity=2", "2 × Enamel mug added.", "mug 2"},
		{"/cart/items", "mug", "1", "/cart?added=mug&quantity=1", "Enamel mug added.", "mug 3"},
		{"/cart/items", "pencil", "4", "/cart?added=pencil&quantity=4", "4 × Brass pencil added.", "mug 3, pencil 4"},
		{"/cart/items/mug", "", "5", "/cart?quantity=5&set=mug", "Enamel mug: 5 in your cart now.", "mug 5, pencil 4"},
		{"/cart/items/pan", "", "1", "/cart?added=pan&quantity=1", "Small pan added.", "mug 5, pencil 4, pan 1"},
		{"/cart/items/pencil", "", "0", "/cart?removed=pencil", "Brass pencil removed. Undo", "mug 5, pan 1"},
		{"/cart/undo", "", "", "/cart?restored=1", "Everything is back in your cart.", "mug 5, pencil 4, pan 1"},
		{"/cart/undo", "", "", "/cart?restored=0", "There is nothing to undo.", "mug 5, pencil 4, pan 1"},
		{"/cart/items/peg-1", "", "0", "/cart", "Your cart", "mug 5, pencil 4, pan 1"},
		{"/cart/clear", "", "", "/cart?cleared=1", "Your cart is empty now. Undo", ""},
		{"/cart/clear", "", "", "/cart?cleared=1", "Your cart is empty now. Undo", ""},
		{"/cart/undo", "", "", "/cart?restored=1", "Everything is back", "mug 5, pencil 4, pan 1"},
	} {
		var fields []string
		if step.sku != "" {
			fields = append(fields, "sku", step.sku)
		}
		if step.quantity != "" {
			fields = append(fields, "quantity", step.quantity)
		}
		v.Post(step.path, fields...).WantRedirect(t, step.to)
		v.Get(step.to).Want(t, http.StatusOK, step.says)
		if got := v.CartLines(); got != step.cart {
			t.Fatalf("%s %q: cart %q, want %q", step.path, fields, got, step.cart)
		}
	}
}

func TestWhatDoesNotFitIsClampedAndTheCartSaysSo(t *testing.T) {
	t.Parallel()
	v := shoptest.New(t).Visitor(t)
	for _, step := range []struct{ path, sku, quantity, says, line string }{
		{"/cart/items", "pan", "5", "Small pan: only 3 added. We have no more.", "pan 3"},
		{"/cart/items", "pan", "1", "Small pan: none added. We have no more.", "pan 3"},
		{"/cart/items", "mug", "99", "Enamel mug: only 20 added. You can have up to 20 of one product.", "mug 20"},
		{"/cart/items/mug", "", "21", "Enamel mug: only 20 in your cart. You can have up to 20 of one product.", "mug 20"},
		{"/cart/items/pan", "", "4", "Small pan: only 3 in your cart. We have no more.", "pan 3"},
	} {
		fields := []string{"quantity", step.quantity}
		if step.sku != "" {
			fields = append(fields, "sku", step.sku)
		}
		to := v.Post(step.path, fields...).Want(t, http.StatusSeeOther).Header.Get("Location")
		v.Get(to).Want(t, http.StatusOK, step.says)
		var answer shop.CartJSON
		shoptest.Decode(t, v.PostJSON(step.path, fields...).Want(t, http.StatusOK), &answer)
		if answer.Message == nil || answer.Message.Kind != web.MessageWarn {
			t.Errorf("%s %q: script told %+v, want a warning", step.path, fields, answer.Message)
		}
		if got := v.CartLines(); !strings.Contains(got, step.line) {
			t.Errorf("%s %q: cart %q, want %s", step.path, fields, got, step.line)
		}
	}
}

func TestFullCartTakesNoMore(t *testing.T) {
	t.Parallel()
	v := shoptest.New(t).Visitor(t)
	for i := range 50 {
		v.Post("/cart/items", "sku", fmt.Sprintf("peg-%d", i+1)).Want(t, http.StatusSeeOther)
	}
	to := v.Post("/cart/items", "sku", "mug").Want(t, http.StatusSeeOther).Header.Get("Location")
	v.Get(to).Want(t, http.StatusOK, "Nothing was added. Your cart holds 50 different products, the most it can take.")
	for i := range 10 {
		v.Post(fmt.Sprintf("/cart/items/peg-%d", i+1), "quantity", "20").Want(t, http.StatusSeeOther)
	}
	got := v.CartJSON()
	if len(got.Lines) != 50 || got.Quantity != 200 {
		t.Errorf("%d lines, %d units; want 50 and 200", len(got.Lines), got.Quantity)
	}
	v.Get("/cart").Want(t, http.StatusOK, "200 things, €200.00")
}

func TestWhatIsNotSoldIsNotAdded(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	v := s.Visitor(t)
	for sku, sentence := range map[string]string{"knife": "sold out", "lamp": "no longer sell"} {
		for _, path := range []string{"/cart/items", "/cart/items/" + sku} {
			v.Post(path, "sku", sku, "quantity", "1").Want(t, http.StatusUnprocessableEntity, nameOf(t, s, sku), sentence)
			r := v.PostJSON(path, "sku", sku, "quantity", "1")
			shoptest.CheckRefusal(t, r, "quantity")
			r.Want(t, http.StatusUnprocessableEntity, sentence)
		}
	}
	shoptest.CheckRefusal(t, v.PostJSON("/cart/items", "sku", "yacht"), "")
	if got := s.Count(t, "SELECT count(*) FROM sessions"); got != 0 {
		t.Errorf("%d sessions for a visitor whose cart is empty, want none", got)
	}
}

func TestCartTellsWhatChangedSince(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	v := s.Visitor(t)
	for _, sku := range []string{"mug", "pan", "pencil", "peg-1", "peg-2", "peg-3"} {
		v.Post("/cart/items", "sku", sku, "quantity", "3").Want(t, http.StatusSeeOther)
	}
	s.Exec(t, "UPDATE products SET price = 2000 WHERE sku = 'mug'")
	s.Exec(t, "UPDATE products SET stock = 1 WHERE sku = 'pan'")
	s.Exec(t, "UPDATE products SET price = 200 WHERE sku = 'pencil'")
	s.Exec(t, "UPDATE products SET stock = 0 WHERE sku = 'peg-1'")
	s.Exec(t, "UPDATE products SET withdrawn = TRUE WHERE sku = 'peg-2'")
	s.Exec(t, "DELETE FROM products WHERE sku = 'peg-3'")
	page := v.Get("/cart").Want(t, http.StatusOK,
		"The price has gone up from €18.50 to €20.00 since you added it.", "Only 1 left.",
		"The price has gone down from €2.50 to €2.00 since you added it.", "Sold out.", "No longer sold.", "peg-3", "€138.00")
	if page.Element("a", "href", "/checkout") != nil {
		t.Error("the page leads to a checkout that cannot be")
	}
	// Down is always possible, also where less is left and where the product is gone.
	v.Post("/cart/items/pan", "quantity", "2").WantRedirect(t, "/cart?quantity=2&set=pan")
	v.Post("/cart/items/peg-3", "quantity", "9").WantRedirect(t, "/cart?limit=withdrawn&quantity=3&set=peg-3")
	for _, sku := range []string{"peg-1", "peg-2", "peg-3"} {
		v.Post("/cart/items/"+sku, "quantity", "0").WantRedirect(t, "/cart?removed="+sku)
	}
	if got := v.CartLines(); got != "mug 3, pan 2, pencil 3" {
		t.Errorf("cart %q", got)
	}
}

func TestParallelAddsAreAllKept(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	v := s.Visitor(t)
	v.Post("/cart/items", "sku", "mug").Want(t, http.StatusSeeOther)
	servers := []*shoptest.Visitor{v, v.At(s.Twin(t))}
	var adds sync.WaitGroup
	for i := range 20 {
		adds.Go(func() {
			servers[i%2].Post("/cart/items", "sku", fmt.Sprintf("peg-%d", i+1)).Want(t, http.StatusSeeOther)
		})
	}
	adds.Wait()
	if got := v.CartJSON(); len(got.Lines) != 21 || got.Quantity != 21 {
		t.Errorf("%d lines and %d units, want 21", len(got.Lines), got.Quantity)
	}
}

func TestMadeUpOutcomesSayNothing(t *testing.T) {
	t.Parallel()
	v := shoptest.New(t).Visitor(t)
	v.Post("/cart/items", "sku", "mug").Want(t, http.StatusSeeOther)
	plain := v.Get("/cart").Text()
	for _, query := range []string{
		"added=mug&quantity=99", "added=pan&quantity=1", "added=mug&quantity=x", "added=%3Cscript%3E&quantity=1",
		"removed=mug", "removed=pan", "cleared=1", "restored=2", "blocked=1", "set=mug&quantity=2", "nonsense=1",
	} {
		if got := v.Get("/cart?"+query).Want(t, http.StatusOK).Text(); got != plain {
			t.Errorf("?%s: the page says something else:\n%s", query, got)
		}
	}
	if got := v.CartLines(); got != "mug 1" {
		t.Errorf("cart %q after looking at it, want mug 1", got)
	}
}

// nameOf returns the name of a product.
func nameOf(t *testing.T, s *shoptest.Shop, sku string) string {
	t.Helper()
	p, err := s.Store.Product(t.Context(), sku)
	if err != nil {
		t.Fatal(err)
	}
	return p.Name
}

func TestAFullSessionCanBeEmptied(t *testing.T) {
	t.Parallel()
	for name, empty := range map[string][]string{
		"a line": {"/cart/items/mug", "quantity", "0"}, "the cart": {"/cart/clear"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := shoptest.New(t).Visitor(t)
			v.Post("/cart/items", "sku", "mug")
			for i, n := 0, 200; n > 0; { // until not one character more fits
				key, wide := fmt.Sprintf("k%d", i), strings.Repeat("\U0001F6D2", n)
				if v.Post("/session/values", "key", key, "value", wide).StatusCode == http.StatusSeeOther {
					i++
				} else {
					n /= 2
				}
			}
			v.Post(empty[0], empty[1:]...).Want(t, http.StatusSeeOther)
			if got := v.CartLines(); got != "" {
				t.Errorf("cart %q after it was emptied", got)
			}
		})
	}
}
