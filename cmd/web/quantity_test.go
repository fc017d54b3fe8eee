package main

import (
	"net/http"
	"strings"
	"testing"
)

// badQuantities are what is typed, sent or tried in place of a quantity.
var badQuantities = []string{"-1", "1.5", "1e3", "+1", "007", "0x1", "100", "2147483648", "9223372036854775808",
	"18446744073709551617", "", " ", " 1", "1 ", "1,5", "NaN", "one", "１", "1\x00", "\x00", "1\n", `"><script>`, "2; DROP TABLE products"}

// shownAs is how a text field of a page gives back what was typed.
func shownAs(typed string) string {
	return strings.ReplaceAll(typed, "\x00", "\ufffd")
}

func TestAddRefusesWhatIsNoQuantity(t *testing.T) {
	t.Parallel()
	v := newShop(t).visitor(t)
	v.post("/cart/items", "sku", "mug", "quantity", "2").want(t, http.StatusSeeOther)
	for _, typed := range append([]string{"0"}, badQuantities...) {
		page := v.post("/cart/items", "sku", "mug", "quantity", typed).want(t, http.StatusUnprocessableEntity, "Enamel mug", addHelp)
		if got := page.value(t, "id", "quantity"); got != shownAs(typed) {
			t.Errorf("%q: the form shows %q", typed, got)
		}
		if got := page.value(t, "name", "sku"); got != "mug" {
			t.Errorf("%q: the form adds %q", typed, got)
		}
		checkRefusal(t, v.postJSON("/cart/items", "sku", "mug", "quantity", typed), "quantity")
		if got := v.cartLines(); got != "mug 2" {
			t.Fatalf("%q: cart %q, want mug 2", typed, got)
		}
	}
}

func TestSetRefusesWhatIsNoQuantity(t *testing.T) {
	t.Parallel()
	v := newShop(t).visitor(t)
	v.post("/cart/items", "sku", "pan").want(t, http.StatusSeeOther)
	v.post("/cart/items", "sku", "mug", "quantity", "2").want(t, http.StatusSeeOther)
	for _, typed := range badQuantities {
		page := v.post("/cart/items/mug", "quantity", typed).want(t, http.StatusUnprocessableEntity, "Your cart", setHelp)
		if got := page.value(t, "id", "quantity-mug"); got != shownAs(typed) {
			t.Errorf("%q: the line shows %q", typed, got)
		}
		if got := page.value(t, "id", "quantity-pan"); got != "1" {
			t.Errorf("%q: the other line shows %q", typed, got)
		}
		checkRefusal(t, v.postJSON("/cart/items/mug", "quantity", typed), "quantity")
		if got := v.cartLines(); got != "pan 1, mug 2" {
			t.Fatalf("%q: cart %q, want pan 1, mug 2", typed, got)
		}
	}
	v.post("/cart/items/mug").want(t, http.StatusUnprocessableEntity, setHelp)
}

func TestSetRefusesWhatIsNoQuantityOfSomethingNotInTheCart(t *testing.T) {
	t.Parallel()
	v := newShop(t).visitor(t)
	page := v.post("/cart/items/mug", "quantity", "many").want(t, http.StatusUnprocessableEntity, "Enamel mug", setHelp)
	if got := page.value(t, "id", "quantity"); got != "many" {
		t.Errorf("the form shows %q", got)
	}
	if got := v.cookies(); len(got) != 0 {
		t.Errorf("cookies %v for somebody who stored nothing", got)
	}
}

// checkRefusal checks an answer of status 422 for a script.
func checkRefusal(t *testing.T, r reply, field string) {
	t.Helper()
	r.want(t, http.StatusUnprocessableEntity)
	var answer errorJSON
	decode(t, r, &answer)
	if e := answer.Error; e.Status != r.StatusCode || e.Text == "" || e.Field != field {
		t.Errorf("%s: %+v, want the status, a sentence and the field %q", r.Request.URL, e, field)
	}
}
