package shop

import (
	"net/http"

	"trolley/internal/web"
)

// base returns the page around the content of a request inside its session.
func (app *Shop) base(r *http.Request, title string) (web.Page, error) {
	return app.baseOf(r, title, "")
}

// baseOf is base for a page of a shelf, by its slug.
func (app *Shop) baseOf(r *http.Request, title, shelf string) (web.Page, error) {
	ctx := r.Context()
	categories, err := app.cache.Categories(ctx)
	if err != nil {
		return web.Page{}, err
	}
	p := app.Bare(r)
	p.Title, p.Categories, p.Theme = title, categories, currentTheme(ctx)
	p.Username, _ = usernameKey.Get(ctx)
	p.CartQuantity = currentCart(ctx).Quantity()
	if p.Shelves, err = app.ShelfLinks(categories, shelf); err != nil {
		return web.Page{}, err
	}
	p.Image = app.Canonical(app.Static.Urls["share.png"])
	return p, nil
}

// private is base for a page that is about one visitor, which no search engine
// should keep.
func (app *Shop) private(r *http.Request, title string) (web.Page, error) {
	p, err := app.base(r, title)
	p.NoIndex = true
	return p, err
}
