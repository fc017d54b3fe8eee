package shop_test

import (
	"net/http"
	"strings"
	"testing"

	"trolley/test/shoptest"
)

func TestCatalogueShowsEveryThingOnceOverItsPages(t *testing.T) {
	t.Parallel()
	v := shoptest.New(t).Visitor(t)
	seen := make(map[string]int)
	path := "/"
	for pages := 1; ; pages++ {
		page := v.Get(path).Want(t, http.StatusOK)
		for _, sku := range shoptest.Cards(page) {
			seen[sku]++
		}
		next := page.Element("a", "rel", "next")
		if next == nil {
			if pages != 6 {
				t.Errorf("%d pages, want 6", pages)
			}
			break
		}
		path, _ = shoptest.AttributeOf(next, "href")
	}
	if len(seen) != 65 {
		t.Errorf("%d things, want 65", len(seen))
	}
	for sku, n := range seen {
		if n != 1 || sku == "lamp" {
			t.Errorf("%s is shown %d times", sku, n)
		}
	}
}

func TestCatalogueFindsSortsAndNarrows(t *testing.T) {
	t.Parallel()
	v := shoptest.New(t).Visitor(t)
	for _, tt := range []struct{ path, want string }{
		{"/?category=kitchen", "mug pan knife"},
		{"/?category=kitchen&sort=price", "knife mug pan"},
		{"/?category=kitchen&sort=-price", "pan mug knife"},
		{"/?category=kitchen&sort=name", "knife mug pan"},
		{"/?category=kitchen&sort=nonsense", "mug pan knife"},
		{"/?category=kitchen&page=1", "mug pan knife"},
		{"/?category=bare", ""},
		{"/?q=enamel", "mug"},
		{"/?q=ENAMEL+mug", "mug"},
		{"/?q=%00enamel%01", "mug"},
		{"/?q=ena%ffmel", "mug"},
		{"/?q=" + strings.Repeat("enamel+", 15) + "pan", "mug"}, // the rest is past the 100th character
		{"/?q=%ff%fe", "mug pan knife pencil peg-1 peg-2 peg-3 peg-4 peg-5 peg-6 peg-7 peg-8"},
		{"/?q=100%25", ""},
		{"/?q=mug&category=desk", ""},
		{"/?q='%3B+DROP+TABLE+products", ""},
	} {
		if got := strings.Join(shoptest.Cards(v.Get(tt.path).Want(t, http.StatusOK)), " "); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.path, got, tt.want)
		}
	}
}

func TestCatalogueHasNoPageThatIsNotThere(t *testing.T) {
	t.Parallel()
	v := shoptest.New(t).Visitor(t)
	for _, path := range []string{
		"/?category=nowhere", "/?category=Kitchen", "/?page=0", "/?page=-1", "/?page=7", "/?page=1e1", "/?page=01",
		"/?page=99999999999999999999", "/?page=x", "/?category=bare&page=2", "/?q=enamel&page=2", "/nowhere",
	} {
		page := v.Get(path).Want(t, http.StatusNotFound, "Nothing on this shelf")
		if page.Element("a", "href", "/?category=desk") == nil {
			t.Errorf("%s: no way back to the shelves", path)
		}
	}
}

func TestCatalogueKeepsTheQueryInItsLinks(t *testing.T) {
	t.Parallel()
	page := shoptest.New(t).Visitor(t).Get("/?q=and+%3Cem%3Esharp%3C%2Fem%3E&category=desk&sort=name").Want(t, http.StatusOK)
	if got, want := page.Value(t, "name", "q"), "and <em>sharp</em>"; got != want {
		t.Errorf("search box %q, want %q", got, want)
	}
	for _, hidden := range [][2]string{{"q", "and <em>sharp</em>"}, {"category", "desk"}} {
		if page.Element("input", "type", "hidden", "name", hidden[0], "value", hidden[1]) == nil {
			t.Errorf("the choice of an order forgets %s", hidden[0])
		}
	}
	if page.Element("option", "value", "name", "selected", "") == nil || page.Element("option", "value", "price") == nil {
		t.Error("no choice of an order, or the current one is not marked")
	}
	if page.Element("a", "href", "/?category=desk", "aria-current", "page") == nil {
		t.Error("the shelf is not marked as current")
	}
	if page.Element("meta", "name", "robots", "content", "noindex") == nil {
		t.Error("a search may be indexed")
	}
}

func TestLookingAroundLeavesNoTrace(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	v := s.Visitor(t)
	for _, path := range []string{"/", "/?q=mug", "/products/mug", "/cart", "/checkout", "/session", "/nowhere", "/orders/0000-0000-0000"} {
		r := v.Get(path)
		if got := r.Header.Values("Set-Cookie"); got != nil {
			t.Errorf("%s sets %q", path, got)
		}
	}
	if got := s.Count(t, "SELECT count(*) FROM sessions"); got != 0 {
		t.Errorf("%d sessions, want none", got)
	}
}

func TestChangesOfTheTableShowAtOnce(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	v := s.Visitor(t)
	v.Get("/products/pan").Want(t, http.StatusOK, "€24.00", "3 left")
	s.Exec(t, "UPDATE products SET price = 123456, stock = 2, name = 'Smaller pan' WHERE sku = 'pan'")
	v.Get("/products/pan").Want(t, http.StatusOK, "Smaller pan", "€1,234.56", "2 left")
	s.Exec(t, "INSERT INTO products (sku, name, description, category, price, stock) VALUES ('new', 'New thing', '', 'bare', 1, 1)")
	v.Get("/?category=bare").Want(t, http.StatusOK, "New thing", "€0.01")
}
