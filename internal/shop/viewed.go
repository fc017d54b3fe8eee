package shop

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"

	"trolley/internal/cart"
	"trolley/internal/web"
	"trolley/session"
)

// maxViewed is how many products a session remembers as looked at.
const maxViewed = maxRelated + 1

// addViewed adds the products that the visitor looked at last, without the one that the
// page is about. name is that of the page's templates.
func (app *Shop) addViewed(ctx context.Context, page *web.Composed, name, sku string) {
	skus, _ := viewedKey.Get(ctx)
	found, err := app.cache.ProductsBySKU(ctx, skus)
	page.Add("", err)
	var products []cart.Product
	for _, s := range skus {
		if p, ok := found[s]; ok && s != sku {
			products = append(products, p)
		}
	}
	app.addRow(page, name, "You looked at", products)
}

// addRow adds some products as a row of cards with a heading, nothing for none.
func (app *Shop) addRow(page *web.Composed, name, heading string, products []cart.Product) {
	if len(products) == 0 {
		return
	}
	page.Add(app.Fragment(name, "row", heading))
	page.Add(web.Fragments(app.Site, name, "card", products[:min(len(products), maxRelated)]))
	page.Add(app.Fragment(name, "row-end", nil))
}

// isNewView reports whether the session does not remember sku as looked at last. A visitor
// without a session gets none for a look.
func isNewView(ctx context.Context, sku string) bool {
	skus, _ := viewedKey.Get(ctx)
	return session.Current(ctx).Exists() && (len(skus) == 0 || skus[0] != sku)
}

// viewProduct answers POST /session/viewed, which the script of a product's page sends: so
// the page itself writes nothing, and does not wait.
func (app *Shop) viewProduct(w http.ResponseWriter, r *http.Request, f url.Values) error {
	p, err := app.findProduct(r.Context(), f.Get("sku"))
	if err == nil && isNewView(r.Context(), p.SKU) {
		skus, _ := viewedKey.Get(r.Context())
		skus = slices.DeleteFunc(skus, func(sku string) bool { return sku == p.SKU })
		skus = slices.Insert(skus, 0, p.SKU)
		err = viewedKey.Put(r.Context(), skus[:min(len(skus), maxViewed)])
	}
	if err != nil && !errors.Is(err, session.ErrTooLarge) {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
