package main

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
)

func TestAddSetRemoveUndoClear(t *testing.T) {
	t.Parallel()
	v := newShop(t).visitor(t)
	for _, step := range []struct {
		path, sku, quantity string
		to                  string // the redirect
		says                string // what the page there says
		cart                string // what is in it afterwards
	}{
		{"/cart/items", "mug", "2", "/cart?added=mug&quantity=2", "Enamel mug: 2 added.", "mug 2"},
		{"/cart/items", "mug", "1", "/cart?added=mug&quantity=1", "Enamel mug: 1 added.", "mug 3"},
		{"/cart/items", "pencil", "4", "/cart?added=pencil&quantity=4", "Brass pencil: 4 added.", "mug 3, pencil 4"},
		{"/cart/items/mug", "", "5", "/cart?quantity=5&set=mug", "Enamel mug: 5 in your cart now.", "mug 5, pencil 4"},
		{"/cart/items/pan", "", "1", "/cart?added=pan&quantity=1", "Small pan: 1 added.", "mug 5, pencil 4, pan 1"},
		{"/cart/items/pencil", "", "0", "/cart?removed=pencil", "Brass pencil: taken out of your cart. Undo", "mug 5, pan 1"},
		{"/cart/undo", "", "", "/cart?restored=1", "It is all back in your cart.", "mug 5, pencil 4, pan 1"},
		{"/cart/undo", "", "", "/cart?restored=0", "There was nothing to bring back.", "mug 5, pencil 4, pan 1"},
		{"/cart/items/peg-1", "", "0", "/cart", "Your cart", "mug 5, pencil 4, pan 1"},
		{"/cart/clear", "", "", "/cart?cleared=1", "Your cart is empty now. Undo", ""},
		{"/cart/clear", "", "", "/cart?cleared=1", "Your cart is empty now. Undo", ""},
		{"/cart/undo", "", "", "/cart?restored=1", "It is all back", "mug 5, pencil 4, pan 1"},
	} {
		var fields []string
		if step.sku != "" {
			fields = append(fields, "sku", step.sku)
		}
		if step.quantity != "" {
			fields = append(fields, "quantity", step.quantity)
		}
		v.post(step.path, fields...).wantRedirect(t, step.to)
		v.get(step.to).want(t, http.StatusOK, step.says)
		if got := v.cartLines(); got != step.cart {
			t.Fatalf("%s %q: cart %q, want %q", step.path, fields, got, step.cart)
		}
	}
}

func TestWhatDoesNotFitIsClampedAndTheCartSaysSo(t *testing.T) {
	t.Parallel()
	v := newShop(t).visitor(t)
	for _, step := range []struct{ path, sku, quantity, says, line string }{
		{"/cart/items", "pan", "5", "Small pan: only 3 added, since we have no more.", "pan 3"},
		{"/cart/items", "pan", "1", "Small pan: none added, since we have no more.", "pan 3"},
		{"/cart/items", "mug", "99", "Enamel mug: only 20 added, since a cart holds at most 20 of one thing.", "mug 20"},
		{"/cart/items/mug", "", "21", "Enamel mug: only 20 in your cart, since a cart holds at most 20 of one thing.", "mug 20"},
		{"/cart/items/pan", "", "4", "Small pan: only 3 in your cart, since we have no more.", "pan 3"},
	} {
		fields := []string{"quantity", step.quantity}
		if step.sku != "" {
			fields = append(fields, "sku", step.sku)
		}
		to := v.post(step.path, fields...).want(t, http.StatusSeeOther).Header.Get("Location")
		v.get(to).want(t, http.StatusOK, step.says)
		var answer cartJSON
		decode(t, v.postJSON(step.path, fields...).want(t, http.StatusOK), &answer)
		if answer.Message == nil || answer.Message.Kind != messageWarn {
			t.Errorf("%s %q: script told %+v, want a warning", step.path, fields, answer.Message)
		}
		if got := v.cartLines(); !strings.Contains(got, step.line) {
			t.Errorf("%s %q: cart %q, want %s", step.path, fields, got, step.line)
		}
	}
}

func TestFullCartTakesNoMore(t *testing.T) {
	t.Parallel()
	v := newShop(t).visitor(t)
	for i := range 50 {
		v.post("/cart/items", "sku", fmt.Sprintf("peg-%d", i+1)).want(t, http.StatusSeeOther)
	}
	to := v.post("/cart/items", "sku", "mug").want(t, http.StatusSeeOther).Header.Get("Location")
	v.get(to).want(t, http.StatusOK, "Nothing was added, since a cart holds at most 50 different things.")
	for i := range 10 {
		v.post(fmt.Sprintf("/cart/items/peg-%d", i+1), "quantity", "20").want(t, http.StatusSeeOther)
	}
	got := v.cartJSON()
	if len(got.Lines) != 50 || got.Quantity != 200 {
		t.Errorf("%d lines, %d units; want 50 and 200", len(got.Lines), got.Quantity)
	}
	v.get("/cart").want(t, http.StatusOK, "200 things, €200.00")
}

func TestWhatIsNotSoldIsNotAdded(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	v := s.visitor(t)
	for sku, sentence := range map[string]string{"knife": "sold out", "lamp": "no longer sell"} {
		for _, path := range []string{"/cart/items", "/cart/items/" + sku} {
			v.post(path, "sku", sku, "quantity", "1").want(t, http.StatusUnprocessableEntity, s.nameOf(t, sku), sentence)
			r := v.postJSON(path, "sku", sku, "quantity", "1")
			checkRefusal(t, r, "quantity")
			r.want(t, http.StatusUnprocessableEntity, sentence)
		}
	}
	checkRefusal(t, v.postJSON("/cart/items", "sku", "yacht"), "")
	if got := s.count(t, "SELECT count(*) FROM sessions"); got != 0 {
		t.Errorf("%d sessions for a visitor whose cart is empty, want none", got)
	}
}

func TestCartTellsWhatChangedSince(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	v := s.visitor(t)
	for _, sku := range []string{"mug", "pan", "pencil", "peg-1", "peg-2", "peg-3"} {
		v.post("/cart/items", "sku", sku, "quantity", "3").want(t, http.StatusSeeOther)
	}
	s.exec(t, "UPDATE products SET price = 2000 WHERE sku = 'mug'")
	s.exec(t, "UPDATE products SET stock = 1 WHERE sku = 'pan'")
	s.exec(t, "UPDATE products SET price = 200 WHERE sku = 'pencil'")
	s.exec(t, "UPDATE products SET stock = 0 WHERE sku = 'peg-1'")
	s.exec(t, "UPDATE products SET withdrawn = TRUE WHERE sku = 'peg-2'")
	s.exec(t, "DELETE FROM products WHERE sku = 'peg-3'")
	page := v.get("/cart").want(t, http.StatusOK,
		"The price rose from €18.50 to €20.00 since you added it.", "Only 1 left.",
		"The price fell from €2.50 to €2.00 since you added it.", "Sold out.", "No longer sold.", "peg-3", "€138.00")
	if page.element("a", "href", "/checkout") != nil {
		t.Error("the page leads to a checkout that cannot be")
	}
	// Down is always possible, also where less is left and where the product is gone.
	v.post("/cart/items/pan", "quantity", "2").wantRedirect(t, "/cart?quantity=2&set=pan")
	v.post("/cart/items/peg-3", "quantity", "9").wantRedirect(t, "/cart?limit=withdrawn&quantity=3&set=peg-3")
	for _, sku := range []string{"peg-1", "peg-2", "peg-3"} {
		v.post("/cart/items/"+sku, "quantity", "0").wantRedirect(t, "/cart?removed="+sku)
	}
	if got := v.cartLines(); got != "mug 3, pan 2, pencil 3" {
		t.Errorf("cart %q", got)
	}
}

func TestParallelAddsAreAllKept(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	v := s.visitor(t)
	v.post("/cart/items", "sku", "mug").want(t, http.StatusSeeOther)
	servers := []*visitor{v, v.at(s.twin(t))}
	var adds sync.WaitGroup
	for i := range 20 {
		adds.Go(func() {
			servers[i%2].post("/cart/items", "sku", fmt.Sprintf("peg-%d", i+1)).want(t, http.StatusSeeOther)
		})
	}
	adds.Wait()
	if got := v.cartJSON(); len(got.Lines) != 21 || got.Quantity != 21 {
		t.Errorf("%d lines and %d units, want 21", len(got.Lines), got.Quantity)
	}
}

func TestMadeUpOutcomesSayNothing(t *testing.T) {
	t.Parallel()
	v := newShop(t).visitor(t)
	v.post("/cart/items", "sku", "mug").want(t, http.StatusSeeOther)
	plain := v.get("/cart").text()
	for _, query := range []string{
		"added=mug&quantity=99", "added=pan&quantity=1", "added=mug&quantity=x", "added=%3Cscript%3E&quantity=1",
		"removed=mug", "removed=pan", "cleared=1", "restored=2", "blocked=1", "set=mug&quantity=2", "nonsense=1",
	} {
		if got := v.get("/cart?"+query).want(t, http.StatusOK).text(); got != plain {
			t.Errorf("?%s: the page says something else:\n%s", query, got)
		}
	}
	if got := v.cartLines(); got != "mug 1" {
		t.Errorf("cart %q after looking at it, want mug 1", got)
	}
}

// nameOf returns the name of a product.
func (s *shop) nameOf(t *testing.T, sku string) string {
	t.Helper()
	p, err := s.store.Product(t.Context(), sku)
	if err != nil {
		t.Fatal(err)
	}
	return p.Name
}
