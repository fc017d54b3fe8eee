package web

import (
	"net/http"

	"trolley/internal/cart"
)

// Page is what every page shows around its own content; the data of each page
// embeds it.
type Page struct {
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

// Bare returns a page without anything from the session or the database.
func (s *Site) Bare(r *http.Request) Page {
	return Page{Path: r.URL.Path, Theme: ThemeAuto}
}

// Canonical returns the absolute address of a path of ours, "" where the shop
// does not know where it is.
func (s *Site) Canonical(path string) string {
	if s.BaseURL == "" {
		return ""
	}
	return s.BaseURL + path
}

// Message is what became of the last thing that the visitor did.
type Message struct {
	Kind string `json:"kind"` // ok, warn or error
	Text string `json:"text"`
	Undo bool   `json:"undo"` // offer to undo it
}

// The themes.
const (
	ThemeAuto  = "auto" // what the device prefers
	ThemeLight = "light"
	ThemeDark  = "dark"
)

// The kinds of message.
const (
	MessageOK    = "ok"
	MessageWarn  = "warn"
	MessageError = "error"
)
