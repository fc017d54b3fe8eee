package shop

import (
	"net/http"

	"trolley/internal/account"
	"trolley/internal/web"
)

// base returns the page around the content of a request inside its session.
func (app *Shop) base(r *http.Request, title string) (web.Page, error) {
	ctx, p := r.Context(), app.Bare(r)
	p.Title, p.Theme, p.CartQuantity = title, currentTheme(ctx), currentCart(ctx).Quantity()
	p.Username, _ = usernameKey.Get(ctx)
	if m := account.Current(ctx); m != nil {
		p.Account = m.Email
	}
	p.Image = app.Canonical(app.Static.Urls["share.png"])
	var err error
	p.Categories, err = app.cache.Categories(ctx)
	return p, err
}

// private is base for a page that is about one visitor, which no search engine
// should keep.
func (app *Shop) private(r *http.Request, title string) (web.Page, error) {
	p, err := app.base(r, title)
	p.NoIndex = true
	return p, err
}
