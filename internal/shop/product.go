package shop

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"trolley/internal/cart"
	"trolley/internal/store"
	"trolley/internal/web"
)

// maxRelated is how many other products of the same shelf a product's page shows.
const maxRelated = 4

// productView is the data of the template "product" of ui/html/pages/product.html,
// after which the related products stand. Most visitors share one:
// they have none in the cart.
type productView struct {
	Product  cart.Product
	InCart   int    // units
	Quantity string // what was typed; "1" at first
	Error    string // what is wrong with it
	Limit    int    // the most that can be added in one go
	Full     string // why that is none
	New      bool   // the session is to remember that it was looked at
}

// product answers GET /products/{sku}.
func (app *Shop) product(w http.ResponseWriter, r *http.Request) error {
	p, err := app.findProduct(r.Context(), r.PathValue("sku"))
	if err != nil {
		return err
	}
	return app.Render(w, "product", app.productPage(r, p, "1", ""))
}

// findProduct returns the product of a SKU that was sent, or a problem of
// status 404.
func (app *Shop) findProduct(ctx context.Context, sku string) (cart.Product, error) {
	if !cart.IsSKU(sku) {
		return cart.Product{}, web.NotFound("product")
	}
	p, err := app.cache.products.Get(ctx, sku)
	if errors.Is(err, store.ErrNotFound) {
		return p, web.NotFound("product")
	}
	return p, err
}

// productPage returns the page of p, with what was typed as the quantity and what is
// wrong with it.
func (app *Shop) productPage(r *http.Request, p cart.Product, typed, wrong string) web.Composed {
	page := web.Composed{Page: app.base(r, p.Name)}
	page.Canonical = app.Canonical(web.SitePath("products", p.SKU))
	page.Description, page.NoIndex = p.Description, p.Withdrawn || wrong != ""
	line, _ := currentCart(r.Context()).Line(p.SKU)
	_, most := currentCart(r.Context()).Add(p, cart.MaxPerLine)
	view := productView{Product: p, InCart: line.Quantity, Quantity: typed, Error: wrong, Limit: most.Got, Full: because[most.Limit],
		New: isNewView(r.Context(), p.SKU)}
	page.Add(app.Part("product", "product", view, wrong == ""))
	app.addRelated(r.Context(), &page, p)
	app.addViewed(r.Context(), &page, "product", p.SKU)
	return page
}

// addRelated adds the cards of other products of the same shelf.
func (app *Shop) addRelated(ctx context.Context, page *web.Composed, p cart.Product) {
	shelf, err := app.cache.lists.Get(ctx, store.ProductFilter{Category: p.Category.Slug, Page: 1, PerPage: maxRelated + 1})
	page.Add("", err)
	// A copy: the list is shared.
	others := slices.DeleteFunc(slices.Clone(shelf.products), func(other cart.Product) bool { return other.SKU == p.SKU })
	app.addRow(page, "product", "From the same shelf", others)
}

// productProblem returns a problem of status 422, shown at the form of the
// product's page.
func (app *Shop) productProblem(r *http.Request, p cart.Product, typed, sentence string) error {
	return web.Unprocessable("quantity", sentence).On("product", app.productPage(r, p, typed, sentence))
}
