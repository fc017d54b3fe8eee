package shop_test

import (
	"net/http"
	"strings"
	"testing"

	"trolley/internal/shop"
	"trolley/test/shoptest"
)

// shownAs is how a text field of a page gives back what was typed.
func shownAs(typed string) string {
	return strings.ReplaceAll(typed, "\x00", "\ufffd")
}

func TestAddRefusesWhatIsNoQuantity(t *testing.T) {
	t.Parallel()
	v := shoptest.New(t).Visitor(t)
	v.Post("/cart/items", "sku", "mug", "quantity", "2").Want(t, http.StatusSeeOther)
	for _, typed := range append([]string{"0"}, shoptest.BadQuantities...) {
		page := v.Post("/cart/items", "sku", "mug", "quantity", typed).Want(t, http.StatusUnprocessableEntity, "Enamel mug", shop.AddHelp)
		if got := page.Value(t, "id", "quantity"); got != shownAs(typed) {
			t.Errorf("%q: the form shows %q", typed, got)
		}
		if got := page.Value(t, "name", "sku"); got != "mug" {
			t.Errorf("%q: the form adds %q", typed, got)
		}
		shoptest.CheckRefusal(t, v.PostJSON("/cart/items", "sku", "mug", "quantity", typed), "quantity")
		if got := v.CartLines(); got != "mug 2" {
			t.Fatalf("%q: cart %q, want mug 2", typed, got)
		}
	}
}

func TestSetRefusesWhatIsNoQuantity(t *testing.T) {
	t.Parallel()
	v := shoptest.New(t).Visitor(t)
	v.Post("/cart/items", "sku", "pan").Want(t, http.StatusSeeOther)
	v.Post("/cart/items", "sku", "mug", "quantity", "2").Want(t, http.StatusSeeOther)
	for _, typed := range shoptest.BadQuantities {
		page := v.Post("/cart/items/mug", "quantity", typed).Want(t, http.StatusUnprocessableEntity, "Your cart", shop.SetHelp)
		if got := page.Value(t, "id", "quantity-mug"); got != shownAs(typed) {
			t.Errorf("%q: the line shows %q", typed, got)
		}
		if got := page.Value(t, "id", "quantity-pan"); got != "1" {
			t.Errorf("%q: the other line shows %q", typed, got)
		}
		shoptest.CheckRefusal(t, v.PostJSON("/cart/items/mug", "quantity", typed), "quantity")
		if got := v.CartLines(); got != "pan 1, mug 2" {
			t.Fatalf("%q: cart %q, want pan 1, mug 2", typed, got)
		}
	}
	v.Post("/cart/items/mug").Want(t, http.StatusUnprocessableEntity, shop.SetHelp)
}

func TestSetRefusesWhatIsNoQuantityOfSomethingNotInTheCart(t *testing.T) {
	t.Parallel()
	v := shoptest.New(t).Visitor(t)
	page := v.Post("/cart/items/mug", "quantity", "many").Want(t, http.StatusUnprocessableEntity, "Enamel mug", shop.SetHelp)
	if got := page.Value(t, "id", "quantity"); got != "many" {
		t.Errorf("the form shows %q", got)
	}
	if got := v.Cookies(); len(got) != 0 {
		t.Errorf("cookies %v for somebody who stored nothing", got)
	}
}
