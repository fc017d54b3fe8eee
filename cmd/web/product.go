package main

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"trolley/internal/cart"
	"trolley/internal/store"
)

// maxRelated is how many other products of the same shelf a product's page shows.
const maxRelated = 4

// productPage is the data of ui/html/pages/product.html.
type productPage struct {
	page
	Product  cart.Product
	InCart   int    // units
	Quantity string // what was typed; "1" at first
	Error    string // what is wrong with it
	Limit    int    // the most that can be added in one go
	Full     string // why that is none
	Related  []cart.Product
}

// product answers GET /products/{sku}.
func (app *application) product(w http.ResponseWriter, r *http.Request) error {
	p, err := app.findProduct(r.Context(), r.PathValue("sku"))
	if err != nil {
		return err
	}
	data, err := app.productPage(r, p)
	if err != nil {
		return err
	}
	return app.render(w, "product", data)
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

func (app *application) productPage(r *http.Request, p cart.Product) (productPage, error) {
	base, err := app.base(r, p.Name)
	if err != nil {
		return productPage{}, err
	}
	base.Path = sitePath("products", p.SKU)
	base.Canonical = app.canonical(base.Path)
	base.Description, base.NoIndex = p.Description, p.Withdrawn
	tile, err := app.static.tile(p.SKU)
	if err != nil {
		return productPage{}, err
	}
	base.Image = app.canonical(tile)
	related, err := app.related(r.Context(), p)
	c := currentCart(r.Context())
	line, _ := c.Line(p.SKU)
	_, most := c.Add(p, cart.MaxPerLine)
	return productPage{page: base, Product: p, InCart: line.Quantity, Quantity: "1",
		Limit: most.Got, Full: because[most.Limit], Related: related}, err
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
	data, err := app.productPage(r, p)
	if err != nil {
		return err
	}
	data.Quantity, data.Error, data.NoIndex = typed, sentence, true
	return unprocessable("quantity", sentence).on("product", data)
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
