package main

import (
	"net/http"
	"strings"
	"testing"
)

func TestProductPage(t *testing.T) {
	t.Parallel()
	v := newShop(t).visitor(t)
	page := v.get("/products/mug").want(t, http.StatusOK, "Enamel mug", "€18.50", "Blue rim, holds a pint.", "50 left", "From the same shelf", "Small pan")
	if got := page.value(t, "id", "quantity"); got != "1" {
		t.Errorf("quantity %q, want 1", got)
	}
	if got := cards(page); strings.Join(got, " ") != "pan knife" {
		t.Errorf("related %q, want pan knife", got)
	}
	if !strings.Contains(v.get("/products/pencil").body, "Heavy, and &lt;em&gt;sharp&lt;/em&gt;.") {
		t.Error("the description is not escaped")
	}
}

func TestProductPageSaysWhatIsInTheCart(t *testing.T) {
	t.Parallel()
	v := newShop(t).visitor(t)
	v.post("/cart/items", "sku", "pan", "quantity", "2").want(t, http.StatusSeeOther)
	v.get("/products/pan").want(t, http.StatusOK, "2 in your cart", "Up to 1 at a time")
	v.post("/cart/items", "sku", "pan").want(t, http.StatusSeeOther)
	if page := v.get("/products/pan").want(t, http.StatusOK, "3 in your cart"); page.element("button", "id", "add") != nil {
		t.Error("the page offers to add what there is no more of")
	}
}

func TestProductPageStaysWhenTheProductIsWithdrawn(t *testing.T) {
	t.Parallel()
	page := newShop(t).visitor(t).get("/products/lamp").want(t, http.StatusOK, "Desk lamp", "No longer sold")
	if page.element("button", "id", "add") != nil {
		t.Error("a withdrawn product can be added")
	}
}

func TestUnknownProductIsNotFound(t *testing.T) {
	t.Parallel()
	v := newShop(t).visitor(t)
	for _, sku := range []string{"nothing", "Mug", "mug%00", "mug'--", "..%2fcart", "%ff", strings.Repeat("a", 41)} {
		v.get("/products/"+sku).want(t, http.StatusNotFound, "no such product")
		v.post("/cart/items/"+sku, "quantity", "1").want(t, http.StatusNotFound)
	}
	for _, sku := range []string{"", "nothing", "mug\x00", " mug"} {
		v.post("/cart/items", "sku", sku).want(t, http.StatusNotFound, "no such product")
	}
	if got := v.cartLines(); got != "" {
		t.Errorf("cart %q, want nothing in it", got)
	}
}
