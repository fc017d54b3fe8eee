package shop_test

import (
	"net/http"
	"strings"
	"testing"

	"trolley/test/shoptest"
)

func TestASessionRemembersWhatItsVisitorLookedAt(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	v := s.Visitor(t)
	v.Post("/cart/items", "sku", "peg-1")
	before := s.Data(t, v.Token())
	for _, sku := range []string{"mug", "pan", "mug", "pencil"} {
		if page := v.Get("/products/" + sku); page.Element("article", "data-view", sku) == nil {
			t.Errorf("the script is not told to say that %s was looked at", sku)
		}
		if got := s.Data(t, v.Token()); got != before {
			t.Errorf("a page view wrote %s", got)
		}
		v.Post("/session/viewed", "sku", sku).Want(t, http.StatusNoContent)
		before = s.Data(t, v.Token())
	}
	if page := v.Get("/products/pencil"); page.Element("article", "data-view", "pencil") != nil {
		t.Error("what is known is to be said again")
	}
	for path, want := range map[string]string{"/": "pencil mug pan", "/products/mug": "pencil pan"} {
		if got := strings.Join(shoptest.Cards(v.Get(path)), " "); !strings.HasSuffix(got, want) {
			t.Errorf("%s shows %s, want %s at its end", path, got, want)
		}
	}
	v.Get("/session").Want(t, http.StatusOK, "products that you looked at")
	v.Post("/session/values", "key", "viewed", "value", "x").Want(t, http.StatusUnprocessableEntity)
	v.Post("/session/values/viewed/remove").WantRedirect(t, "/session?deleted=viewed")
	lacks(t, v.Get("/"), "You looked at")
}

func lacks(t *testing.T, page shoptest.Reply, text string) {
	t.Helper()
	if strings.Contains(page.Text(), text) {
		t.Errorf("%s says %q", page.Request.URL, text)
	}
}

func TestALookBeginsNoSession(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	v := s.Visitor(t)
	if page := v.Get("/products/mug"); page.Element("article", "data-view", "mug") != nil {
		t.Error("the script is told to send what would be forgotten")
	}
	v.Post("/session/viewed", "sku", "mug").Want(t, http.StatusNoContent)
	v.Post("/session/viewed", "sku", "nothing").Want(t, http.StatusNotFound)
	if n := s.Count(t, "SELECT COUNT(*) FROM sessions"); n != 0 || len(v.Cookies()) != 0 {
		t.Errorf("%d sessions, cookies %v", n, v.Cookies())
	}
}

func TestTheFrontPageProposesAProductThatThereIs(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	v := s.Visitor(t)
	v.Get("/").Want(t, http.StatusOK, "A general store for small rooms", "This week")
	for _, path := range []string{"/?page=2", "/?sort=price", "/?category=kitchen"} {
		lacks(t, v.Get(path), "This week")
	}
	s.Exec(t, "UPDATE products SET stock = 0")
	lacks(t, v.Get("/").Want(t, http.StatusOK, "A general store for small rooms"), "This week")
}

func TestEveryPageOfAShelfIsOneStepAway(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	for i := range 100 {
		s.Exec(t, "INSERT INTO products (sku, name, description, category, price, stock) VALUES ($1, 'Hook', '', 'kitchen', 1, 1)",
			"hook-"+string(rune('a'+i/26))+string(rune('a'+i%26)))
	}
	page := s.Visitor(t).Get("/?q=hook&sort=price&page=5").Want(t, http.StatusOK, "Page 1 … Page 3 Page 4 Page 5 Page 6 Page 7 … Page 9")
	for _, path := range []string{"/?q=hook&sort=price", "/?page=3&q=hook&sort=price", "/?page=9&q=hook&sort=price"} {
		if page.Element("a", "href", path) == nil {
			t.Errorf("no link to %s", path)
		}
	}
	if page.Element("a", "href", "/?page=5&q=hook&sort=price", "aria-current", "page") == nil {
		t.Error("the page does not say which one it is")
	}
}

// The owner chooses the words by which a search finds a product.
func TestASearchFindsTheWordsOfAProduct(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	s.Exec(t, "UPDATE products SET words = 'coffee Löffel' WHERE sku = 'mug'")
	v := s.Visitor(t)
	for _, query := range []string{"coffee", "COFFEE+mug", "cof", "l%C3%B6ffel"} {
		if got := strings.Join(shoptest.Cards(v.Get("/?q="+query)), " "); got != "mug" {
			t.Errorf("%s finds %q", query, got)
		}
	}
	lacks(t, v.Get("/products/mug"), "offee")
}
