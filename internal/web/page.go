package web

import (
	"html/template"
	"net/http"

	"trolley/internal/cart"
)

// Page is what every page shows around its own content; the data of each page
// embeds it.
type Page struct {
	Head
	Path         string // of the request
	Username     string // "" until it is set on the session page
	Account      string // the email of who is signed in; "" for a guest
	CartQuantity int    // units
	CartLines    string // "mug=2&pan=1", for the script
	Categories   []cart.Category
	Shelf        string // the slug of the shelf that the page is of
	Office       bool   // of the back office, whose pages have another frame
	Err          error  // of reading what the page shows; Render and On return it
}

// Head is the data of the template "before": what stands before the content.
type Head struct {
	Title, Description string
	Canonical          string        // absolute; "" where the shop does not know its own address
	Image              string        // absolute, of a shared link; "" where the shop does not know its own address
	NoIndex            bool          // not for search engines
	Theme              string        // auto, light or dark
	Query              string        // what is in the search box
	Shelves            template.HTML // set by Render
}

// paged is the data of a page: every such struct embeds Page.
type paged interface{ around() Page }

func (p Page) around() Page { return p }

// shelfLink is the data of a link to a shelf.
type shelfLink struct {
	cart.Category
	Current bool
}

// shelfLinksKey is the key of the links to all shelves.
type shelfLinksKey struct {
	all     sliceKey[cart.Category]
	current string
}

// shelfLinks returns the links to all shelves, the current one marked.
func (s *Site) shelfLinks(all []cart.Category, current string) (template.HTML, error) {
	key := memoKey{"error", "shelf-links", shelfLinksKey{keyOf(all), current}}
	return s.memo.get(key, func() (template.HTML, error) {
		links := make([]shelfLink, len(all))
		for i, c := range all {
			links[i] = shelfLink{c, c.Slug == current}
		}
		return Fragments(s, "error", "shelf-link", links)
	})
}

// cartLink is the data of the link to the cart.
type cartLink struct {
	Quantity int
	Current  bool
}

// Bare returns a page without anything from the session or the database.
func (s *Site) Bare(r *http.Request) Page {
	return Page{Path: r.URL.Path, Head: Head{Theme: ThemeAuto}}
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
	Kind string `json:"kind"` // ok or warn
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
	MessageOK   = "ok"
	MessageWarn = "warn"
)
