package main

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

// sharing starts a further server that keeps what pages share as long as it can.
func (s *shop) sharing(t *testing.T) *shop {
	t.Helper()
	s.options.CatalogueAge = time.Hour
	return s.again(t, discard(), nil)
}

// R25, R45: pieces of pages are rendered once for many visitors. None of them
// holds anything of one: whoever comes sees their own name, cart, theme and
// search, and nobody else's, however many come at once.
func TestSharedPiecesOfPagesAreNobodysOwn(t *testing.T) {
	t.Parallel()
	s := newShop(t).sharing(t)
	themes := []string{"light", "dark", "auto"}
	var crowd sync.WaitGroup
	for i := range 6 {
		v := s.visitor(t)
		name, theme, units := fmt.Sprintf("visitor-%d-", i/2), themes[i%3], 1+i // names in pairs
		v.post("/session/values", "key", "username", "value", name).want(t, http.StatusSeeOther)
		v.post("/session/values", "key", "theme", "value", theme).want(t, http.StatusSeeOther)
		v.post("/cart/items", "sku", "mug", "quantity", fmt.Sprint(units)).want(t, http.StatusSeeOther)
		crowd.Go(func() {
			for _, path := range []string{"/", "/?q=" + name, "/?category=desk", "/products/mug", "/cart", "/checkout", "/session", "/nowhere", "/products/" + name, "/"} {
				page := v.get(path)
				count := page.element("b", "data-count", "")
				if strings.Count(page.body, "visitor-") != strings.Count(page.body, name) || !strings.Contains(page.text(), "Hello, "+name) {
					t.Errorf("%s: %s sees another name: %s", path, name, page.text())
				}
				if path == "/products/mug" && !strings.Contains(page.text(), fmt.Sprintf("%d in your cart", units)) {
					t.Errorf("%s: who has %d sees %s", path, units, page.text())
				}
				if count == nil || count.FirstChild.Data != fmt.Sprint(units) || page.element("html", "data-theme", theme) == nil {
					t.Errorf("%s: %s sees another cart than one of %d, or another theme than %s", path, name, units, theme)
				}
			}
		})
	}
	crowd.Wait()
	for _, path := range []string{"/", "/?category=desk", "/products/mug", "/cart", "/session", "/nowhere"} {
		page := s.visitor(t).get(path)
		if strings.Contains(page.body, "visitor-") || strings.Contains(page.text(), " in your cart.") || strings.Contains(page.body, "Hello") || page.element("html", "data-theme", "auto") == nil {
			t.Errorf("%s: somebody new sees %s", path, page.text())
		}
	}
}

// R43: nor can what is typed stand for the place of a piece.
func TestTypedMarksAreText(t *testing.T) {
	t.Parallel()
	s := newShop(t).sharing(t)
	v := s.visitor(t)
	plain := v.get("/?q=plain").shape()
	for _, text := range []string{"\x00main\x00", "\x00cart\x00", string(mark("main")) + string(mark("cart")), "%00main%00", "\ufffdmain\ufffd", "&#0;main&#0;"} {
		r := v.get("/?q="+url.QueryEscape(text)).want(t, http.StatusOK)
		if r.shape() != plain || strings.Contains(r.body, "\x00") {
			t.Errorf("%q changes the page:\n%s\nwant\n%s", text, r.shape(), plain)
		}
		v.get("/"+url.PathEscape(text)).want(t, http.StatusNotFound, "Nothing on this shelf")
		v.post("/session/values", "key", text, "value", text).want(t, http.StatusUnprocessableEntity, "Tell it something")
	}
	// A row that somebody changed by hand may hold such a name.
	cookie := s.plant(t, strings.Repeat("m", 43), `{"v":1,"deadline":"2099-01-01T00:00:00Z","values":{"username":"\u0000main\u0000\u0000cart\u0000"}}`)
	for _, path := range []string{"/", "/cart", "/session"} {
		r := s.visitor(t).ask("GET", path, "", "Cookie", cookie).want(t, http.StatusOK, "Hello,")
		if strings.Contains(r.body, "\x00") || strings.Count(r.body, "<main") != 1 || strings.Count(r.body, `id="slip"`) != 1 {
			t.Errorf("%s is not one page: %s", path, r.body)
		}
	}
}

// R44, R52: what pages share is how things stood a moment ago. What it says of
// prices and stock sells nothing: the order asks the database.
func TestSharedPiecesSellNothing(t *testing.T) {
	t.Parallel()
	s := newShop(t).sharing(t)
	v := s.visitor(t)
	form := v.fill("mug", "pan")
	s.exec(t, "UPDATE products SET price = price + 1 WHERE sku = 'mug'")
	v.get("/cart").want(t, http.StatusOK, "€18.50") // as it stood
	v.post("/checkout", form...).want(t, http.StatusConflict, "1 at €18.51")
	s.exec(t, "UPDATE products SET price = price - 1, stock = 0 WHERE sku = 'mug'")
	v.post("/checkout", form...).want(t, http.StatusConflict, "sold out")
	if got := s.count(t, "SELECT COUNT(*) FROM orders"); got != 0 {
		t.Errorf("%d orders, want none", got)
	}
}
