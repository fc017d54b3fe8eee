package shop_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"trolley/internal/shop"
	"trolley/internal/store"
	"trolley/test/shoptest"
	"trolley/ui"
)

// What a page may weigh with all that it needs, for somebody who comes for the
// first time: the bodies as they are sent, and for each the header.
const (
	maxPage   = 60_000 // bytes
	maxScript = 8_192  // bytes, of each script before it is compressed
	aHeader   = 900    // bytes: that of an answer without HTTP/2's compression, and a little
)

// scales weigh pages. Files are the same for all, and weighed once.
type scales struct {
	*shoptest.Visitor
	files map[string]int // bytes by address
}

// weigh returns how many bytes an address brings, and its answer with the body
// as text.
func (s scales) weigh(path string) (int, shoptest.Reply) {
	s.T.Helper()
	r := s.Ask("GET", path, "", "Accept-Encoding", "gzip")
	weight := len(r.Body) + aHeader
	if r.Header.Get("Content-Encoding") == "gzip" {
		r.Body = shoptest.Unzipped(s.T, r)
	}
	return weight, r
}

// page returns how many bytes a page brings with all that it needs.
func (s scales) page(path string) (weight int) {
	s.T.Helper()
	weight, r := s.weigh(path)
	needed := make(map[string]bool)
	for n := range r.Page().Descendants() {
		address, _ := shoptest.AttributeOf(n, "src")
		if rel, _ := shoptest.AttributeOf(n, "rel"); rel == "stylesheet" || rel == "icon" {
			address, _ = shoptest.AttributeOf(n, "href")
		}
		if address != "" {
			needed[address] = true
		}
	}
	for address := range needed {
		weight += s.file(address)
	}
	return weight
}

func (s scales) file(address string) int {
	s.T.Helper()
	if weight, ok := s.files[address]; ok {
		return weight
	}
	if !strings.HasPrefix(address, "/static/") {
		s.T.Errorf("a page needs %q, which is no file of ours", address)
		return 0
	}
	weight, r := s.weigh(address)
	r.Want(s.T, http.StatusOK)
	if strings.HasSuffix(address, ".js") && len(r.Body) >= maxScript {
		s.T.Errorf("%s: %d bytes, want less than %d", address, len(r.Body), maxScript)
	}
	s.files[address] = weight
	return weight
}

// newRealShop starts a shop that sells what the real one does.
func newRealShop(t *testing.T) *shoptest.Shop {
	t.Helper()
	o := shoptest.Settings{Options: shop.Options{Database: shoptest.Database(t), Started: time.Now(), CatalogueAge: 1, Secure: true}, Files: ui.Files, Log: shoptest.Discard()}
	s, err := store.Open(t.Context(), o.Database, shoptest.Discard())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return shoptest.Serve(t, s, o)
}

// TestPagesAreLight: the real catalogue, with every thing of it in the cart. That
// files name no other files is what TestNoFileHoldsCodeOrOtherHosts sees to, and
// that a browser asks no other origin for anything the tests in test/browser.
func TestPagesAreLight(t *testing.T) {
	t.Parallel()
	v := newRealShop(t).Visitor(t)
	order := v.Order("enamel-mug", "notebook", "bread-knife")
	for name := range v.Shop.Static.URLs {
		if sku, ok := strings.CutPrefix(name, "products/"); ok {
			v.Post("/cart/items", "sku", strings.TrimSuffix(sku, ".svg"))
		}
	}
	weighing := scales{v, make(map[string]int)}
	for _, path := range []string{"/", "/?page=2", "/?category=kitchen", "/?q=piano", "/products/enamel-mug", "/cart", "/checkout", order, "/session", "/nowhere"} {
		weight := weighing.page(path)
		t.Logf("%-24s %6d bytes", path, weight)
		if weight > maxPage || weight < 10*aHeader {
			t.Errorf("%s: %d bytes, want %d at most", path, weight, maxPage)
		}
	}
	if len(v.CartJSON().Lines) < 20 {
		t.Errorf("only %d lines in the cart", len(v.CartJSON().Lines))
	}
}
