package shop

import (
	"context"
	"errors"
	"html/template"
	"net/http"
	"net/url"
	"slices"

	"trolley/internal/cart"
	"trolley/internal/web"
	"trolley/session"
)

// maxViewed is how many products a session remembers as looked at.
const maxViewed = maxRelated + 1

// viewed returns the products that the visitor looked at last as a row of cards of page,
// without the product that the page is about.
func (app *Shop) viewed(ctx context.Context, page, sku string) ([]template.HTML, error) {
	skus, _ := viewedKey.Get(ctx)
	found, err := app.cache.ProductsBySKU(ctx, skus)
	if err != nil {
		return nil, err
	}
	var products []cart.Product
	for _, s := range skus {
		if p, ok := found[s]; ok && s != sku {
			products = append(products, p)
		}
	}
	return app.row(page, "You looked at", products)
}

// row returns some products as a row of cards with a heading, nothing for none.
func (app *Shop) row(page, heading string, products []cart.Product) ([]template.HTML, error) {
	if len(products) == 0 {
		return nil, nil
	}
	top, err := app.Fragment(page, "row", heading)
	if err != nil {
		return nil, err
	}
	cards, err := web.Fragments(app.Site, page, "card", products[:min(len(products), maxRelated)])
	if err != nil {
		return nil, err
	}
	end, err := app.Fragment(page, "row-end", nil)
	return slices.Concat([]template.HTML{top}, cards, []template.HTML{end}), err
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
