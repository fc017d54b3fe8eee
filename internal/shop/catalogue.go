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
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"trolley/internal/cart"
	"trolley/internal/store"
	"trolley/internal/web"
)

const (
	perPage   = 12
	maxSearch = 100 // characters of a search that count

	maxNearest = 4 // products that are shown where a search finds nothing
)

// shelf is the data of the templates "shelf" and "pages" of
// ui/html/pages/catalogue.html, between which the cards stand.
type shelf struct {
	store.ProductFilter
	Category     cart.Category // the zero value for all
	Total, Pages int
}

// bareShelf is the data of a shelf without products.
type bareShelf struct {
	shelf
	Categories []cart.Category
	Nearest    []cart.Product // to a search that found nothing
}

// option is one of several ways to see a page.
type option struct{ Value, Label string }

var sorts = []option{{"", "Featured"}, {"name", "Name"}, {"price", "Price, low to high"}, {"-price", "Price, high to low"}}

// catalogue answers GET /.
func (app *Shop) catalogue(w http.ResponseWriter, r *http.Request) error {
	categories, err := app.cache.Categories(r.Context())
	if err != nil {
		return err
	}
	filter, category, err := parseFilter(r.URL.Query(), categories)
	if err != nil {
		return err
	}
	page := web.Composed{Page: app.base(r, "Trolley")}
	total, err := app.addShelf(r.Context(), &page, filter, category, categories)
	if err != nil {
		return err
	}
	if filter == frontPage {
		app.addViewed(r.Context(), &page, "catalogue", "")
	}
	page.Page = app.aboutShelf(page.Page, filter, category, total)
	return app.Render(w, "catalogue", page)
}

// addShelf adds one page of products, with the ways to others, and returns how many there
// are on all pages.
func (app *Shop) addShelf(ctx context.Context, page *web.Composed, f store.ProductFilter,
	category cart.Category, all []cart.Category) (total int, err error) {
	found, err := app.cache.lists.Get(ctx, f)
	if err != nil {
		return 0, err
	}
	view := shelf{ProductFilter: f, Category: category, Total: found.total, Pages: max(1, (found.total+perPage-1)/perPage)}
	shared := f.Query == "" // a search is typed by a visitor
	switch {
	case f.Page > view.Pages:
		return 0, web.NotFound("page of the catalogue")
	case found.total == 0:
		nearest, err := app.store.Nearest(ctx, f.Query, maxNearest)
		if err != nil {
			return 0, err
		}
		page.Add(app.Content("catalogue", "bare", bareShelf{view, all, nearest}))
		return 0, nil
	}
	page.Add(app.window(f, found.products))
	page.Add(app.Part("catalogue", "shelf", view, shared))
	page.Add(web.List(app.Site, "catalogue", "card", found.products))
	page.Add(app.Part("catalogue", "pages", view, shared))
	return found.total, nil
}

// frontPage selects what GET / shows.
var frontPage = store.ProductFilter{Page: 1, PerPage: perPage}

// window returns what the front page proposes: another product each week, "" elsewhere.
func (app *Shop) window(f store.ProductFilter, products []cart.Product) (template.HTML, error) {
	if f != frontPage {
		return "", nil
	}
	_, week := time.Now().UTC().ISOWeek()
	for i := range products {
		if p := products[(week+1+i)%len(products)]; p.Stock > 0 {
			return app.Fragment("catalogue", "window", p)
		}
	}
	return app.Fragment("catalogue", "welcome", nil)
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

// searchText returns what was searched for as one line of text that can be seen, in
// its one spelling: full width and decomposed letters are letters.
func searchText(s string) string {
	s = strings.Map(func(c rune) rune {
		if unicode.IsControl(c) || unicode.IsSpace(c) {
			return ' '
		}
		return c
	}, norm.NFKC.String(cart.PlainText(strings.ToValidUTF8(s, ""))))
	if runes := []rune(s); len(runes) > maxSearch {
		s = string(runes[:maxSearch])
	}
	return strings.TrimSpace(s)
}

// aboutShelf completes the base of a page of the catalogue, of total products.
func (app *Shop) aboutShelf(base web.Page, f store.ProductFilter, category cart.Category, total int) web.Page {
	shelf := store.ProductFilter{Category: f.Category}
	base.Query, base.Shelf = f.Query, category.Slug
	base.Canonical = app.Canonical(catalogueURL(shelf, f.Page))
	base.NoIndex = f.Query != ""
	switch {
	case f.Query != "" && total == 0:
		base.Title = fmt.Sprintf("No results for “%s”", f.Query)
	case f.Query != "":
		base.Title = fmt.Sprintf("Search for “%s”", f.Query)
	case category.Name == "" && f.Page > 1:
		base.Title = "All products"
	default:
		base.Title = cmp.Or(category.Name, base.Title)
	}
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

// Sorts returns the orders of the shelf.
func (shelf) Sorts() []option { return sorts }

// Numbers returns the pages to choose from: the first, the last, and those around this one.
// A 0 stands for pages that are left out.
func (s shelf) Numbers() (pages []int) {
	for page := 1; page <= s.Pages; page++ {
		switch near := page >= s.Page-2 && page <= s.Page+2; {
		case near || page == 1 || page == s.Pages:
			pages = append(pages, page)
		case pages[len(pages)-1] != 0:
			pages = append(pages, 0)
		}
	}
	return pages
}

// Prev returns the address of the page before, "" where there is none.
func (s shelf) Prev() string { return s.To(s.Page - 1) }

// Next returns the address of the next page, "" where there is none.
func (s shelf) Next() string { return s.To(s.Page + 1) }

// To returns the address of a page, "" where there is none.
func (s shelf) To(page int) string {
	if page < 1 || page > s.Pages {
		return ""
	}
	return catalogueURL(s.ProductFilter, page)
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
