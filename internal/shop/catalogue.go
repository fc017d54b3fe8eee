package shop

import (
	"cmp"
	"context"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"trolley/internal/cart"
	"trolley/internal/store"
	"trolley/internal/web"
)

const (
	perPage   = 12
	maxSearch = 100 // characters of a search that count
)

// shelfView is the data of the template "shelf" of ui/html/pages/catalogue.html,
// the content of the page.
type shelfView struct {
	Query              string
	Categories         []cart.Category
	Products           []cart.Product
	Total, Page, Pages int
	Category           cart.Category // the zero value for all
	Sort               string
	Sorts              []option
	Prev, Next         string // URLs, "" where there is none
}

// option is one of several ways to see a page.
type option struct {
	Value, Label, URL string
	Current           bool
}

var sorts = []option{
	{Value: "", Label: "As on the shelf"},
	{Value: "name", Label: "Name"},
	{Value: "price", Label: "Price, low to high"},
	{Value: "-price", Label: "Price, high to low"},
}

// catalogue answers GET /.
func (app *Shop) catalogue(w http.ResponseWriter, r *http.Request) error {
	base, err := app.base(r, "Trolley")
	if err != nil {
		return err
	}
	filter, category, err := parseFilter(r.URL.Query(), base.Categories)
	if err != nil {
		return err
	}
	shelf, err := app.showcase.shelves.Get(r.Context(), filter, func() (template.HTML, error) {
		return app.renderShelf(r.Context(), filter, category, base.Categories)
	})
	if err != nil {
		return err
	}
	return app.Render(w, "catalogue", web.RenderedPage{Page: app.shelf(base, filter, category), Content: shelf})
}

// renderShelf returns one page of products as HTML, with the ways to others.
func (app *Shop) renderShelf(ctx context.Context, f store.ProductFilter, category cart.Category, all []cart.Category) (template.HTML, error) {
	found, err := app.showcase.Products(ctx, f)
	if err != nil {
		return "", err
	}
	pages := max(1, (found.total+perPage-1)/perPage)
	if f.Page > pages {
		return "", web.NotFound("page of the catalogue")
	}
	view := shelfView{Query: f.Query, Categories: all, Products: found.products,
		Total: found.total, Page: f.Page, Pages: pages, Category: category, Sort: f.Sort}
	view.link(f)
	return app.Templates.Fragment("catalogue", "shelf", view)
}

// parseFilter reads the query. A shelf or a page that does not exist is an
// error of status 404; an order that does not exist is the usual one.
func parseFilter(query url.Values, categories []cart.Category) (store.ProductFilter, cart.Category, error) {
	f := store.ProductFilter{Query: searchText(query.Get("q")), Category: query.Get("category"), PerPage: perPage}
	if slices.ContainsFunc(sorts, func(o option) bool { return o.Value == query.Get("sort") }) {
		f.Sort = query.Get("sort")
	}
	page := cmp.Or(query.Get("page"), "1")
	if !pageNumber.MatchString(page) {
		return f, cart.Category{}, web.NotFound("page of the catalogue")
	}
	f.Page, _ = strconv.Atoi(page) // digits, and few of them
	if f.Category == "" {
		return f, cart.Category{}, nil
	}
	i := slices.IndexFunc(categories, func(c cart.Category) bool { return c.Slug == f.Category })
	if i < 0 {
		return f, cart.Category{}, web.NotFound("shelf")
	}
	return f, categories[i], nil
}

var pageNumber = regexp.MustCompile(`^[1-9][0-9]{0,5}$`)

// searchText returns what was searched for as one line of plain text. Control
// characters find nothing, and PostgreSQL takes no NUL.
func searchText(s string) string {
	s = strings.Map(func(c rune) rune {
		if unicode.IsControl(c) {
			return ' '
		}
		return c
	}, strings.ToValidUTF8(s, ""))
	if runes := []rune(s); len(runes) > maxSearch {
		s = string(runes[:maxSearch])
	}
	return strings.TrimSpace(s)
}

// shelf completes the base of a page of the catalogue.
func (app *Shop) shelf(base web.Page, f store.ProductFilter, category cart.Category) web.Page {
	shelf := store.ProductFilter{Category: f.Category}
	base.Query = f.Query
	base.Path = catalogueURL(shelf, 1)
	base.Canonical = app.Canonical(catalogueURL(shelf, f.Page))
	base.NoIndex = f.Query != ""
	base.Title = cmp.Or(f.Query, category.Name, base.Title)
	base.Description = "A general store for small rooms: everyday things, well made."
	if category.Name != "" {
		base.Description = category.Name + " at Trolley: everyday things for small rooms, well made."
	}
	if f.Page > 1 { // search engines want no two pages to have the same
		base.Title += fmt.Sprintf(", page %d", f.Page)
		base.Description += fmt.Sprintf(" Page %d.", f.Page)
	}
	return base
}

// link fills in the addresses of the other orders and of the pages around.
func (c *shelfView) link(f store.ProductFilter) {
	for _, o := range sorts {
		other := f
		other.Sort = o.Value
		o.URL, o.Current = catalogueURL(other, 1), o.Value == f.Sort
		c.Sorts = append(c.Sorts, o)
	}
	if c.Page > 1 {
		c.Prev = catalogueURL(f, c.Page-1)
	}
	if c.Page < c.Pages {
		c.Next = catalogueURL(f, c.Page+1)
	}
}

// catalogueURL returns the address of a page of what f lets through.
func catalogueURL(f store.ProductFilter, page int) string {
	query := url.Values{}
	for name, value := range map[string]string{"q": f.Query, "category": f.Category, "sort": f.Sort} {
		if value != "" {
			query.Set(name, value)
		}
	}
	if page > 1 {
		query.Set("page", strconv.Itoa(page))
	}
	return web.Address("/", query)
}
