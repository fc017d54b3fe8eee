package main

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"trolley/test/shoptest"
)

// R25, R45: pieces of pages are rendered once for many visitors. None of them
// holds anything of one: whoever comes sees their own name, cart, theme and
// search, and nobody else's, however many come at once.
func TestSharedPiecesOfPagesAreNobodysOwn(t *testing.T) {
	t.Parallel()
	s := sharing(t, shoptest.New(t))
	themes := []string{"light", "dark", "auto"}
	var crowd sync.WaitGroup
	for i := range 6 {
		v := s.Visitor(t)
		name, theme, units := fmt.Sprintf("visitor-%d-", i/2), themes[i%3], 1+i // names in pairs
		v.Post("/session/values", "key", "username", "value", name).Want(t, http.StatusSeeOther)
		v.Post("/session/values", "key", "theme", "value", theme).Want(t, http.StatusSeeOther)
		v.Post("/cart/items", "sku", "mug", "quantity", fmt.Sprint(units)).Want(t, http.StatusSeeOther)
		crowd.Go(func() {
			for _, path := range []string{"/", "/?q=" + name, "/?category=desk", "/products/mug", "/cart", "/checkout", "/session", "/nowhere", "/products/" + name, "/"} {
				page := v.Get(path)
				count := page.Element("b", "data-count", "")
				if strings.Count(page.Body, "visitor-") != strings.Count(page.Body, name) || !strings.Contains(page.Text(), "Hello, "+name) {
					t.Errorf("%s: %s sees another name: %s", path, name, page.Text())
				}
				if path == "/products/mug" && !strings.Contains(page.Text(), fmt.Sprintf("%d in your cart", units)) {
					t.Errorf("%s: who has %d sees %s", path, units, page.Text())
				}
				if count == nil || count.FirstChild.Data != fmt.Sprint(units) || page.Element("html", "data-theme", theme) == nil {
					t.Errorf("%s: %s sees another cart than one of %d, or another theme than %s", path, name, units, theme)
				}
			}
		})
	}
	crowd.Wait()
	for _, path := range []string{"/", "/?category=desk", "/products/mug", "/cart", "/session", "/nowhere"} {
		page := s.Visitor(t).Get(path)
		if strings.Contains(page.Body, "visitor-") || strings.Contains(page.Text(), " in your cart.") || strings.Contains(page.Body, "Hello") || page.Element("html", "data-theme", "auto") == nil {
			t.Errorf("%s: somebody new sees %s", path, page.Text())
		}
	}
}

// R43: nor can what is typed stand for the place of a piece.
func TestTypedMarksAreText(t *testing.T) {
	t.Parallel()
	s := sharing(t, shoptest.New(t))
	v := s.Visitor(t)
	plain := shape(v.Get("/?q=plain"))
	for _, text := range []string{"\x00main\x00", "\x00cart\x00", "\x00main\x00\x00cart\x00", "%00main%00", "\ufffdmain\ufffd", "&#0;main&#0;"} {
		r := v.Get("/?q="+url.QueryEscape(text)).Want(t, http.StatusOK)
		if shape(r) != plain || strings.Contains(r.Body, "\x00") {
			t.Errorf("%q changes the page:\n%s\nwant\n%s", text, shape(r), plain)
		}
		v.Get("/"+url.PathEscape(text)).Want(t, http.StatusNotFound, "Nothing on this shelf")
		v.Post("/session/values", "key", text, "value", text).Want(t, http.StatusUnprocessableEntity, "Store a value")
	}
	// A row that somebody changed by hand may hold such a name.
	cookie := plant(t, s, strings.Repeat("m", 43), `{"v":1,"deadline":"2099-01-01T00:00:00Z","values":{"username":"\u0000main\u0000\u0000cart\u0000"}}`)
	for _, path := range []string{"/", "/cart", "/session"} {
		r := s.Visitor(t).Ask("GET", path, "", "Cookie", cookie).Want(t, http.StatusOK, "Hello,")
		if strings.Contains(r.Body, "\x00") || strings.Count(r.Body, "<main") != 1 || strings.Count(r.Body, `id="slip"`) != 1 {
			t.Errorf("%s is not one page: %s", path, r.Body)
		}
	}
}

// R44, R52: what pages share is how things stood a moment ago. What it says of
// prices and stock sells nothing: the order asks the database.
func TestSharedPiecesSellNothing(t *testing.T) {
	t.Parallel()
	s := sharing(t, shoptest.New(t))
	v := s.Visitor(t)
	form := v.Fill("mug", "pan")
	s.Exec(t, "UPDATE products SET price = price + 1 WHERE sku = 'mug'")
	v.Get("/cart").Want(t, http.StatusOK, "€18.50") // as it stood
	v.Post("/checkout", form...).Want(t, http.StatusConflict, "1 at €18.51")
	s.Exec(t, "UPDATE products SET price = price - 1, stock = 0 WHERE sku = 'mug'")
	v.Post("/checkout", form...).Want(t, http.StatusConflict, "sold out")
	if got := s.Count(t, "SELECT COUNT(*) FROM orders"); got != 0 {
		t.Errorf("%d orders, want none", got)
	}
}
