package main

import (
	"flag"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files in testdata")

var cartID = regexp.MustCompile(`"id":"[a-z2-7]{26}"`)

// golden compares an answer with a file of testdata, apart from the cart's id.
func golden(t *testing.T, name string, r reply) {
	t.Helper()
	got := pretty([]byte(cartID.ReplaceAllString(r.body, `"id":"a cart's id"`)))
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

func TestCartForScripts(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	v := s.visitor(t)
	golden(t, "cart-none.json", v.getJSON("/cart").want(t, http.StatusOK))
	golden(t, "cart-add.json", v.postJSON("/cart/items", "sku", "mug", "quantity", "2").want(t, http.StatusOK))
	golden(t, "cart-clamped.json", v.postJSON("/cart/items", "sku", "pan", "quantity", "5").want(t, http.StatusOK))
	s.exec(t, "UPDATE products SET price = 2000 WHERE sku = 'mug'")
	s.exec(t, "UPDATE products SET stock = 1 WHERE sku = 'pan'")
	golden(t, "cart-notices.json", v.getJSON("/cart").want(t, http.StatusOK))
	golden(t, "cart-set.json", v.postJSON("/cart/items/pan", "quantity", "1").want(t, http.StatusOK))
	golden(t, "cart-removed.json", v.postJSON("/cart/items/mug", "quantity", "0").want(t, http.StatusOK))
	golden(t, "cart-restored.json", v.postJSON("/cart/undo").want(t, http.StatusOK))
	golden(t, "cart-cleared.json", v.postJSON("/cart/clear").want(t, http.StatusOK))
	golden(t, "error-quantity.json", v.postJSON("/cart/items", "sku", "mug", "quantity", "-1").want(t, http.StatusUnprocessableEntity))
	golden(t, "error-product.json", v.postJSON("/cart/items", "sku", "nothing").want(t, http.StatusNotFound))
}

func TestCartIsAPageUnlessJSONIsPreferred(t *testing.T) {
	t.Parallel()
	v := newShop(t).visitor(t)
	v.post("/cart/items", "sku", "mug")
	for accept, want := range map[string]string{
		"":                                  htmlType,
		"*/*":                               htmlType,
		"text/html":                         htmlType,
		"text/html, application/json":       htmlType,
		"text/html;q=0.9, application/json": jsonType,
		"application/json":                  jsonType,
		"Application/JSON; charset=utf-8":   jsonType,
		"application/json, text/plain, */*": jsonType,
		"application/json;q=0":              htmlType,
		"application/json;q=0.5, text/html": htmlType,
		"application/json;q=nonsense":       htmlType,
		"text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8": htmlType,
	} {
		r := v.send("GET", "/cart", accept, "", "").want(t, http.StatusOK)
		if got := r.Header.Get("Content-Type"); got != want {
			t.Errorf("Accept %q: %q, want %q", accept, got, want)
		}
		if vary := r.Header.Values("Vary"); !slices.Contains(vary, "Accept") || !slices.Contains(vary, "Cookie") {
			t.Errorf("Accept %q: Vary %q, want Accept and Cookie", accept, vary)
		}
		if got := r.Header.Get("Cache-Control"); got != "no-store" {
			t.Errorf("Accept %q: Cache-Control %q for somebody's cart", accept, got)
		}
	}
}
