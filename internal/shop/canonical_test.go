package shop

import (
	"testing"

	"trolley/internal/cart"
	"trolley/internal/store"
	"trolley/internal/web"
)

func TestCanonicalAddressLeavesOutWhatOnlySortsOrSearches(t *testing.T) {
	t.Parallel()
	app := &Shop{Site: &web.Site{Options: web.Options{BaseURL: "https://shop.example"}}}
	f := store.ProductFilter{Query: "mug", Category: "kitchen", Sort: "price", Page: 2}
	if got, want := app.aboutShelf(web.Page{}, f, cart.Category{}, 1).Canonical, "https://shop.example/?category=kitchen&page=2"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	app.BaseURL = ""
	if got := app.aboutShelf(web.Page{}, f, cart.Category{}, 1).Canonical; got != "" {
		t.Errorf("%q from a shop that does not know where it is", got)
	}
}
