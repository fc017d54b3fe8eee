package main

import (
	"context"
	"errors"
	"html/template"
	"net/http"
	"slices"

	"trolley/internal/cart"
	"trolley/internal/store"
)

// maxRelated is how many other products of the same shelf a product's page shows.
const maxRelated = 4

// productPage is the data of a product's page.
type productPage struct {
	page
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
func (app *application) product(w http.ResponseWriter, r *http.Request) error {
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
		return app.templates.fragment("product", "main", view)
	})
	if err != nil {
		return err
	}
	return app.render(w, "product", renderedPage{base, content})
}

// findProduct returns the product of a SKU that somebody sent, or a problem of
// status 404.
func (app *application) findProduct(ctx context.Context, sku string) (cart.Product, error) {
	sku, err := cart.ParseSKU(sku)
	if err != nil {
		return cart.Product{}, notFound("product")
	}
	p, err := app.showcase.Product(ctx, sku)
	if errors.Is(err, store.ErrNotFound) {
		return p, notFound("product")
	}
	return p, err
}

// productBase returns what every page has, for that of p.
func (app *application) productBase(r *http.Request, p cart.Product) (page, error) {
	base, err := app.base(r, p.Name)
	if err != nil {
		return page{}, err
	}
	base.Path = sitePath("products", p.SKU)
	base.Canonical = app.canonical(base.Path)
	base.Description, base.NoIndex = p.Description, p.Withdrawn
	return base, nil
}

// newProductView returns how p is seen by whoever has c, without what is related.
func newProductView(c cart.Cart, p cart.Product) productView {
	line, _ := c.Line(p.SKU)
	_, most := c.Add(p, cart.MaxPerLine)
	return productView{Product: p, InCart: line.Quantity, Quantity: "1", Limit: most.Got, Full: because[most.Limit]}
}

func (app *application) related(ctx context.Context, p cart.Product) ([]cart.Product, error) {
	shelf, err := app.showcase.Products(ctx, store.ProductFilter{Category: p.Category.Slug, Page: 1, PerPage: maxRelated + 1})
	// A copy: the list is shared.
	others := slices.DeleteFunc(slices.Clone(shelf.products), func(other cart.Product) bool { return other.SKU == p.SKU })
	return others[:min(len(others), maxRelated)], err
}

// productProblem returns a problem of status 422, shown at the form of the
// product's page.
func (app *application) productProblem(r *http.Request, p cart.Product, typed, sentence string) error {
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
	return unprocessable("quantity", sentence).on("product", productPage{base, view})
}

// availability returns the term of https://schema.org/ItemAvailability for a
// product.
func availability(p cart.Product) string {
	switch {
	case p.Withdrawn:
		return "https://schema.org/Discontinued"
	case p.Stock == 0:
		return "https://schema.org/OutOfStock"
	}
	return "https://schema.org/InStock"
}
