package shop

import (
	"net/http"
	"strconv"
	"strings"

	"trolley/internal/account"
	"trolley/internal/cart"
	"trolley/internal/web"
)

// base returns the page around the content of a request inside its session.
func (app *Shop) base(r *http.Request, title string) web.Page {
	ctx, p := r.Context(), app.Bare(r)
	c := currentCart(ctx)
	p.Title, p.Theme, p.CartQuantity, p.CartLines = title, currentTheme(ctx), c.Quantity(), linesOf(c)
	p.Username, _ = usernameKey.Get(ctx)
	if m := account.Current(ctx); m != nil {
		p.Account = m.Email
	}
	p.Image = app.Canonical(app.Static.URLs["share.png"])
	p.Categories, p.Err = app.cache.Categories(ctx)
	return p
}

// linesOf returns the lines of a cart as the script reads them.
func linesOf(c cart.Cart) string {
	lines := make([]string, len(c.Lines))
	for i, l := range c.Lines {
		lines[i] = l.SKU + "=" + strconv.Itoa(l.Quantity)
	}
	return strings.Join(lines, "&")
}

// private is base for a page that is about one visitor, which no search engine
// should keep.
func (app *Shop) private(r *http.Request, title string) web.Page {
	p := app.base(r, title)
	p.NoIndex = true
	return p
}
