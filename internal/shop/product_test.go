package shop_test

import (
	"net/http"
	"strings"
	"testing"

	"trolley/test/shoptest"
)

func TestProductPage(t *testing.T) {
	t.Parallel()
	v := shoptest.New(t).Visitor(t)
	page := v.Get("/products/mug").Want(t, http.StatusOK, "Enamel mug", "€18.50", "Blue rim, holds a pint.", "50 left", "From the same shelf", "Small pan")
	if got := page.Value(t, "id", "quantity"); got != "1" {
		t.Errorf("quantity %q, want 1", got)
	}
	if got := shoptest.Cards(page); strings.Join(got, " ") != "pan knife" {
		t.Errorf("related %q, want pan knife", got)
	}
	if !strings.Contains(v.Get("/products/pencil").Body, "Heavy, and &lt;em&gt;sharp&lt;/em&gt;.") {
		t.Error("the description is not escaped")
	}
}

func TestProductPageSaysWhatIsInTheCart(t *testing.T) {
	t.Parallel()
	v := shoptest.New(t).Visitor(t)
	v.Post("/cart/items", "sku", "pan", "quantity", "2").Want(t, http.StatusSeeOther)
	v.Get("/products/pan").Want(t, http.StatusOK, "2 in your cart", "up to 1 more")
	v.Post("/cart/items", "sku", "pan").Want(t, http.StatusSeeOther)
	if page := v.Get("/products/pan").Want(t, http.StatusOK, "3 in your cart"); page.Element("button", "id", "add") != nil {
		t.Error("the page offers to add what there is no more of")
	}
}

func TestProductPageStaysWhenTheProductIsWithdrawn(t *testing.T) {
	t.Parallel()
	page := shoptest.New(t).Visitor(t).Get("/products/lamp").Want(t, http.StatusOK, "Desk lamp", "No longer sold")
	if page.Element("button", "id", "add") != nil {
		t.Error("a withdrawn product can be added")
	}
}

func TestUnknownProductIsNotFound(t *testing.T) {
	t.Parallel()
	v := shoptest.New(t).Visitor(t)
	for _, sku := range []string{"nothing", "Mug", "mug%00", "mug'--", "..%2fcart", "%ff", strings.Repeat("a", 41)} {
		v.Get("/products/"+sku).Want(t, http.StatusNotFound, "no such product")
		v.Post("/cart/items/"+sku, "quantity", "1").Want(t, http.StatusNotFound)
	}
	for _, sku := range []string{"", "nothing", "mug\x00", " mug"} {
		v.Post("/cart/items", "sku", sku).Want(t, http.StatusNotFound, "no such product")
	}
	if got := v.CartLines(); got != "" {
		t.Errorf("cart %q, want nothing in it", got)
	}
}
