package shop_test

import (
	"net/http"
	"strings"
	"testing"

	"trolley/test/shoptest"
)

func TestOnlyFormsAreRead(t *testing.T) {
	t.Parallel()
	v := shoptest.New(t).Visitor(t)
	fields := func(n int) string { return "sku=mug" + strings.Repeat("&x=1", n-1) }
	for _, tt := range []struct {
		name, path, contentType, body string
		status                        int
	}{
		{"a form", "/cart/items", shoptest.FormType, "sku=mug&quantity=1", 303},
		{"a form in UTF-8", "/cart/items", shoptest.FormType + "; charset=UTF-8", "sku=mug", 303},
		{"fields of no interest", "/cart/items", shoptest.FormType, "sku=mug&price=1&price=2&user_id=7&quantity[]=9", 303},
		{"64 fields", "/cart/items", shoptest.FormType, fields(64), 303},
		{"the query besides the body", "/cart/items?quantity=9&sku=pan", shoptest.FormType, "sku=mug", 303},
		{"nothing to say", "/cart/clear", "", "", 303},
		{"65 fields", "/cart/items", shoptest.FormType, fields(65), 400},
		{"a field twice", "/cart/items", shoptest.FormType, "sku=mug&quantity=1&quantity=1", 400},
		{"another field twice", "/cart/items", shoptest.FormType, "sku=mug&sku=pan", 400},
		{"a bad escape", "/cart/items", shoptest.FormType, "sku=mug&quantity=%zz", 400},
		{"a cut escape", "/cart/items", shoptest.FormType, "sku=mug&quantity=%3", 400},
		{"a semicolon", "/cart/items", shoptest.FormType, "sku=mug;quantity=1", 400},
		{"no UTF-8", "/cart/items", shoptest.FormType, "sku=mug&quantity=%ff", 400},
		{"no UTF-8 in a name", "/cart/items", shoptest.FormType, "sku=mug&%ff=1", 400},
		{"the query instead of the body", "/cart/items?sku=mug&quantity=1", shoptest.FormType, "", 404},
		{"too much", "/cart/items", shoptest.FormType, "sku=mug&x=" + strings.Repeat("x", 64<<10), 413},
		{"no type", "/cart/items", "", "sku=mug", 415},
		{"JSON", "/cart/items", "application/json", `{"sku":"mug"}`, 415},
		{"a multipart form", "/cart/items", "multipart/form-data; boundary=x", "--x--", 415},
		{"plain text", "/cart/items", "text/plain", "sku=mug", 415},
		{"another charset", "/cart/items", shoptest.FormType + "; charset=utf-16", "sku=mug", 415},
		{"a broken type", "/cart/items", "form;;", "sku=mug", 415},
	} {
		before := v.CartJSON().Quantity
		r := v.Send("POST", tt.path, shoptest.AsPage, tt.contentType, tt.body)
		if r.StatusCode != tt.status {
			t.Errorf("%s: status %d, want %d\n%s", tt.name, r.StatusCode, tt.status, r.Text())
		}
		after := v.CartJSON().Quantity
		if added := tt.status == 303 && tt.contentType != ""; added && after != before+1 || !added && tt.status != 303 && after != before {
			t.Errorf("%s: %d units in the cart, were %d", tt.name, after, before)
		}
	}
}

func TestEveryPostWantsAForm(t *testing.T) {
	t.Parallel()
	v := shoptest.New(t).Visitor(t)
	v.Post("/cart/items", "sku", "mug").Want(t, http.StatusSeeOther)
	for _, path := range []string{"/cart/items", "/cart/items/mug", "/cart/clear", "/cart/undo", "/checkout", "/session/values",
		"/session/values/username/remove", "/session/remember", "/session/renew", "/session/destroy"} {
		v.Send("POST", path, shoptest.AsPage, "text/plain", "x").Want(t, http.StatusUnsupportedMediaType, "cannot read that")
	}
	if got := v.CartLines(); got != "mug 1" {
		t.Errorf("cart %q, want mug 1", got)
	}
}
