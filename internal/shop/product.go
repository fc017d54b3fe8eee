package shop

import (
	"context"
	"errors"
	"html/template"
	"net/http"
	"slices"

	"trolley/internal/cart"
	"trolley/internal/store"
	"trolley/internal/web"
)

// maxRelated is how many other products of the same shelf a product's page shows.
const maxRelated = 4

// productPage is the data of a product's page.
type productPage struct {
	web.Page
	productView
}

// productView is the data of its content, the template "main" of
// ui/html/pages/product.html.
type productView struct {
	Product  cart.Product
	InCart   int    // units
	Quantity string // what was typed; "1" at first
	Error    string // what is wrong with it
	Limit    int    // the most that can be added in one go
	Full     string // why that is none
	Related  []cart.Product
}

// productState is what a product's page depends on, besides the catalogue. Most
// visitors share one: they have none in the cart.
type productState struct {
	sku           string
	inCart, limit int
	full          string
}

// product answers GET /products/{sku}.
func (app *Shop) product(w http.ResponseWriter, r *http.Request) error {
	p, err := app.findProduct(r.Context(), r.PathValue("sku"))
	if err != nil {
		return err
	}
	base, err := app.productBase(r, p)
	if err != nil {
		return err
	}
	view := newProductView(currentCart(r.Context()), p)
	state := productState{p.SKU, view.InCart, view.Limit, view.Full}
	content, err := app.showcase.views.Get(r.Context(), state, func() (template.HTML, error) {
		related, err := app.related(r.Context(), p)
		if err != nil {
			return "", err
		}
		view.Related = related
		return app.Templates.Fragment("product", "main", view)
	})
	if err != nil {
		return err
	}
	return app.Render(w, "product", web.RenderedPage{Page: base, Content: content})
}

// findProduct returns the product of a SKU that somebody sent, or a problem of
// status 404.
func (app *Shop) findProduct(ctx context.Context, sku string) (cart.Product, error) {
	sku, err := cart.ParseSKU(sku)
	if err != nil {
		return cart.Product{}, web.NotFound("product")
	}
	p, err := app.showcase.Product(ctx, sku)
	if errors.Is(err, store.ErrNotFound) {
		return p, web.NotFound("product")
	}
	return p, err
}

// productBase returns what every page has, for that of p.
func (app *Shop) productBase(r *http.Request, p cart.Product) (web.Page, error) {
	base, err := app.base(r, p.Name)
	if err != nil {
		return web.Page{}, err
	}
	base.Path = web.SitePath("products", p.SKU)
	base.Canonical = app.Canonical(base.Path)
	base.Description, base.NoIndex = p.Description, p.Withdrawn
	return base, nil
}

// newProductView returns how p is seen by whoever has c, without what is related.
func newProductView(c cart.Cart, p cart.Product) productView {
	line, _ := c.Line(p.SKU)
	_, most := c.Add(p, cart.MaxPerLine)
	return productView{Product: p, InCart: line.Quantity, Quantity: "1", Limit: most.Got, Full: because[most.Limit]}
}

func (app *Shop) related(ctx context.Context, p cart.Product) ([]cart.Product, error) {
	shelf, err := app.showcase.Products(ctx, store.ProductFilter{Category: p.Category.Slug, Page: 1, PerPage: maxRelated + 1})
	// A copy: the list is shared.
	others := slices.DeleteFunc(slices.Clone(shelf.products), func(other cart.Product) bool { return other.SKU == p.SKU })
	return others[:min(len(others), maxRelated)], err
}

// productProblem returns a problem of status 422, shown at the form of the
// product's page.
func (app *Shop) productProblem(r *http.Request, p cart.Product, typed, sentence string) error {
	base, err := app.productBase(r, p)
	if err != nil {
		return err
	}
	view := newProductView(currentCart(r.Context()), p)
	if view.Related, err = app.related(r.Context(), p); err != nil {
		return err
	}
	base.NoIndex = true
	view.Quantity, view.Error = typed, sentence
	return web.Unprocessable("quantity", sentence).On("product", productPage{base, view})
}
