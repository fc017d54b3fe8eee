package shop_test

import (
	"flag"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"trolley/internal/web"
	"trolley/test/shoptest"
)

var update = flag.Bool("update", false, "write the golden files in testdata")

var cartID = regexp.MustCompile(`"id":"[a-z2-7]{26}"`)

// golden compares an answer with a file of testdata, apart from the cart's id.
func golden(t *testing.T, name string, r shoptest.Reply) {
	t.Helper()
	got := web.Pretty([]byte(cartID.ReplaceAllString(r.Body, `"id":"a cart's id"`)))
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
	s := shoptest.New(t)
	v := s.Visitor(t)
	golden(t, "cart-none.json", v.GetJSON("/cart").Want(t, http.StatusOK))
	golden(t, "cart-add.json", v.PostJSON("/cart/items", "sku", "mug", "quantity", "2").Want(t, http.StatusOK))
	golden(t, "cart-clamped.json", v.PostJSON("/cart/items", "sku", "pan", "quantity", "5").Want(t, http.StatusOK))
	s.Exec(t, "UPDATE products SET price = 2000 WHERE sku = 'mug'")
	s.Exec(t, "UPDATE products SET stock = 1 WHERE sku = 'pan'")
	golden(t, "cart-notices.json", v.GetJSON("/cart").Want(t, http.StatusOK))
	golden(t, "cart-set.json", v.PostJSON("/cart/items/pan", "quantity", "1").Want(t, http.StatusOK))
	golden(t, "cart-removed.json", v.PostJSON("/cart/items/mug", "quantity", "0").Want(t, http.StatusOK))
	golden(t, "cart-restored.json", v.PostJSON("/cart/undo").Want(t, http.StatusOK))
	golden(t, "cart-cleared.json", v.PostJSON("/cart/clear").Want(t, http.StatusOK))
	golden(t, "error-quantity.json", v.PostJSON("/cart/items", "sku", "mug", "quantity", "-1").Want(t, http.StatusUnprocessableEntity))
	golden(t, "error-product.json", v.PostJSON("/cart/items", "sku", "nothing").Want(t, http.StatusNotFound))
}

func TestCartIsAPageUnlessJSONIsPreferred(t *testing.T) {
	t.Parallel()
	v := shoptest.New(t).Visitor(t)
	v.Post("/cart/items", "sku", "mug")
	for accept, want := range map[string]string{
		"":                                  web.HTMLType,
		"*/*":                               web.HTMLType,
		"text/html":                         web.HTMLType,
		"text/html, application/json":       web.HTMLType,
		"text/html;q=0.9, application/json": web.JSONType,
		"application/json":                  web.JSONType,
		"Application/JSON; charset=utf-8":   web.JSONType,
		"application/json, text/plain, */*": web.JSONType,
		"application/json;q=0":              web.HTMLType,
		"application/json;q=0.5, text/html": web.HTMLType,
		"application/json;q=nonsense":       web.HTMLType,
		"text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8": web.HTMLType,
	} {
		r := v.Send("GET", "/cart", accept, "", "").Want(t, http.StatusOK)
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
