package main

import (
	"net/http"
	"strings"
	"testing"
)

const formType = "application/x-www-form-urlencoded"

func TestOnlyFormsAreRead(t *testing.T) {
	t.Parallel()
	v := newShop(t).visitor(t)
	fields := func(n int) string { return "sku=mug" + strings.Repeat("&x=1", n-1) }
	for _, tt := range []struct {
		name, path, contentType, body string
		status                        int
	}{
		{"a form", "/cart/items", formType, "sku=mug&quantity=1", 303},
		{"a form in UTF-8", "/cart/items", formType + "; charset=UTF-8", "sku=mug", 303},
		{"fields of no interest", "/cart/items", formType, "sku=mug&price=1&price=2&user_id=7&quantity[]=9", 303},
		{"64 fields", "/cart/items", formType, fields(64), 303},
		{"the query besides the body", "/cart/items?quantity=9&sku=pan", formType, "sku=mug", 303},
		{"nothing to say", "/cart/clear", "", "", 303},
		{"65 fields", "/cart/items", formType, fields(65), 400},
		{"a field twice", "/cart/items", formType, "sku=mug&quantity=1&quantity=1", 400},
		{"another field twice", "/cart/items", formType, "sku=mug&sku=pan", 400},
		{"a bad escape", "/cart/items", formType, "sku=mug&quantity=%zz", 400},
		{"a cut escape", "/cart/items", formType, "sku=mug&quantity=%3", 400},
		{"a semicolon", "/cart/items", formType, "sku=mug;quantity=1", 400},
		{"no UTF-8", "/cart/items", formType, "sku=mug&quantity=%ff", 400},
		{"no UTF-8 in a name", "/cart/items", formType, "sku=mug&%ff=1", 400},
		{"the query instead of the body", "/cart/items?sku=mug&quantity=1", formType, "", 404},
		{"too much", "/cart/items", formType, "sku=mug&x=" + strings.Repeat("x", 64<<10), 413},
		{"no type", "/cart/items", "", "sku=mug", 415},
		{"JSON", "/cart/items", "application/json", `{"sku":"mug"}`, 415},
		{"a multipart form", "/cart/items", "multipart/form-data; boundary=x", "--x--", 415},
		{"plain text", "/cart/items", "text/plain", "sku=mug", 415},
		{"another charset", "/cart/items", formType + "; charset=utf-16", "sku=mug", 415},
		{"a broken type", "/cart/items", "form;;", "sku=mug", 415},
	} {
		before := v.cartJSON().Quantity
		r := v.send("POST", tt.path, asPage, tt.contentType, tt.body)
		if r.StatusCode != tt.status {
			t.Errorf("%s: status %d, want %d\n%s", tt.name, r.StatusCode, tt.status, r.text())
		}
		after := v.cartJSON().Quantity
		if added := tt.status == 303 && tt.contentType != ""; added && after != before+1 || !added && tt.status != 303 && after != before {
			t.Errorf("%s: %d units in the cart, were %d", tt.name, after, before)
		}
	}
}

func TestEveryPostWantsAForm(t *testing.T) {
	t.Parallel()
	v := newShop(t).visitor(t)
	v.post("/cart/items", "sku", "mug").want(t, http.StatusSeeOther)
	for _, path := range []string{"/cart/items", "/cart/items/mug", "/cart/clear", "/cart/undo", "/checkout", "/session/values",
		"/session/values/username/remove", "/session/remember", "/session/renew", "/session/destroy"} {
		v.send("POST", path, asPage, "text/plain", "x").want(t, http.StatusUnsupportedMediaType, "cannot read that")
	}
	if got := v.cartLines(); got != "mug 1" {
		t.Errorf("cart %q, want mug 1", got)
	}
}
