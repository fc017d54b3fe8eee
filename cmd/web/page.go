package main

import (
	"net/http"

	"trolley/internal/cart"
)

// page is what every page shows around its own content; the data of each page
// embeds it.
type page struct {
	Title, Description string
	Path               string // of the request, to mark the current link
	Canonical          string // absolute; "" where the shop does not know its own address
	Image              string // absolute, of a shared link; "" where the shop does not know its own address
	NoIndex            bool   // not for search engines
	Username           string // "" until it is set on the session page
	Theme              string // auto, light or dark
	CartQuantity       int    // units
	Categories         []cart.Category
	Query              string // what is in the search box
}

// bare returns a page without anything from the session or the database.
func (app *application) bare(r *http.Request) page {
	return page{Path: r.URL.Path, Theme: themeAuto}
}

// base returns the page around the content of a request inside its session.
func (app *application) base(r *http.Request, title string) (page, error) {
	ctx := r.Context()
	categories, err := app.showcase.Categories(ctx)
	if err != nil {
		return page{}, err
	}
	p := app.bare(r)
	p.Title, p.Categories, p.Theme = title, categories, currentTheme(ctx)
	p.Username, _ = usernameKey.Get(ctx)
	p.CartQuantity = currentCart(ctx).Quantity()
	p.Image = app.canonical(app.static.urls["share.png"])
	return p, nil
}

// private is base for a page that is about one visitor, which no search engine
// should keep.
func (app *application) private(r *http.Request, title string) (page, error) {
	p, err := app.base(r, title)
	p.NoIndex = true
	return p, err
}

// canonical returns the absolute address of a path of ours, "" where the shop
// does not know where it is.
func (app *application) canonical(path string) string {
	if app.BaseURL == "" {
		return ""
	}
	return app.BaseURL + path
}

// message is what became of the last thing that the visitor did.
type message struct {
	Kind string `json:"kind"` // ok, warn or error
	Text string `json:"text"`
	Undo bool   `json:"undo"` // offer to undo it
}

// The kinds of message.
const (
	messageOK    = "ok"
	messageWarn  = "warn"
	messageError = "error"
)
