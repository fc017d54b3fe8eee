package shop_test

import (
	"database/sql"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/net/html"

	"trolley/test/shoptest"
)

// inShell changes the database as the sqlite3 shell does, which checks no foreign key.
func inShell(t *testing.T, s *shoptest.Shop, statements ...string) {
	t.Helper()
	shoptest.AboutSQLite(t)
	db, err := sql.Open("sqlite", s.Settings.Database)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, text := range statements {
		if _, err := db.ExecContext(t.Context(), text); err != nil {
			t.Fatal(err)
		}
	}
}

func TestTypedTextHasOneSpellingAndNothingHidden(t *testing.T) {
	t.Parallel()
	v := shoptest.New(t).Visitor(t)
	form := append(v.Fill("mug")[:4:4], "name", "Zoe\u0308\u202e", "email", "\ufeffzoe@exam\u200bple.com", "address", "Old House\u20281 Old Street",
		"postcode", "OL1\u200b 1AA", "town", "Mu\u0308nchen", "country", "Germany\u202e")
	to := v.Post("/checkout", form...).Want(t, http.StatusSeeOther).Header.Get("Location")
	v.Get(to).Want(t, http.StatusOK, "Thank you, Zoë", "zoe@example.com", "OL1 1AA München Germany")
	v.Post("/session/values", "key", "username", "value", "A\u202eda").Want(t, http.StatusUnprocessableEntity)
	v.Post("/session/values", "key", "username", "value", "A\u2028da").Want(t, http.StatusUnprocessableEntity)
	for _, query := range []string{"m\u200bug", "\ufeffmug", "ｍｕｇ", "mug\u2028blue"} {
		if found := shoptest.Cards(v.Get("/?q=" + url.QueryEscape(query))); len(found) != 1 || found[0] != "mug" {
			t.Errorf("search for %+q: %v", query, found)
		}
	}
}

func TestAFreeProductCostsNothing(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	s.Exec(t, "UPDATE products SET price = 0 WHERE sku = 'mug'")
	v := s.Visitor(t)
	form := v.Fill("mug", "mug")
	page := v.Get("/cart").Want(t, http.StatusOK, "€0.00 each")
	if total := page.Element("p", "class", "total"); total == nil || total.FirstChild.Data != "€0.00" {
		t.Errorf("two for nothing are not €0.00:\n%s", page.Text())
	}
	v.Post("/checkout", form...).Want(t, http.StatusSeeOther)
	v.Post("/cart/items", "sku", "mug")
	s.Exec(t, "UPDATE products SET price = 5 WHERE sku = 'mug'")
	if got := v.GetJSON("/cart").Body; !strings.Contains(got, `"was":0,"now":5`) {
		t.Errorf("a price that was 0 is not told: %s", got)
	}
}

func TestCountsAreOfWhatIsListed(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	inShell(t, s, "DELETE FROM products WHERE sku <> 'mug'",
		"INSERT INTO products (sku, name, description, category, price, stock) VALUES ('orphan', 'Orphan mug', '', 'kitchn', 1, 1)")
	for _, path := range []string{"/", "/?q=mug", "/?page=1"} {
		page := s.Visitor(t).Get(path).Want(t, http.StatusOK, "1 ")
		if cards := shoptest.Cards(page); len(cards) != 1 || strings.Contains(page.Text(), "2 things") {
			t.Errorf("%s: %v\n%s", path, cards, page.Text())
		}
	}
	if body := located(t, s).Ask("GET", "/sitemap.xml", "", "Host", "shop.example").Body; strings.Contains(body, "orphan") {
		t.Error("the sitemap names a product whose page is not there")
	}
}

func TestANameFromRightToLeftTurnsNoSentence(t *testing.T) {
	t.Parallel()
	const name = "إبريق شاي"
	s := shoptest.New(t)
	s.Exec(t, "UPDATE products SET name = $1 WHERE sku = 'mug'", name)
	v := s.Visitor(t)
	if got, want := v.PostJSON("/cart/items", "sku", "mug").Body, "\u2068"+name+"\u2069 added."; !strings.Contains(got, want) {
		t.Errorf("the message is %s, want %q in it", got, want)
	}
	v.Post("/session/values", "key", "username", "value", name)
	order := v.Order("mug")
	v.Post("/cart/items", "sku", "mug")
	for _, path := range []string{"/", "/?q=" + url.QueryEscape(name), "/products/mug", "/cart", "/checkout", order} {
		page := v.Get(path).Want(t, http.StatusOK, name)
		for n := range page.Page().Descendants() {
			if n.Type != html.TextNode || !strings.Contains(n.Data, name) || n.Parent.Data == "title" || n.Parent.Data == "script" {
				continue
			}
			if !isIsolated(n) {
				t.Errorf("%s: in <%s>: %q", path, n.Parent.Data, n.Data)
			}
		}
	}
}

// isIsolated reports a text whose direction is its own: by dir=auto or bdi around it, by
// the characters for that, or because it is not seen.
func isIsolated(n *html.Node) bool {
	if strings.Contains(n.Data, "\u2068") {
		return true
	}
	for up := n.Parent; up != nil; up = up.Parent {
		dir, _ := shoptest.AttributeOf(up, "dir")
		class, _ := shoptest.AttributeOf(up, "class")
		if up.Data == "bdi" || dir == "auto" || class == "vh" {
			return true
		}
	}
	return false
}

func TestEveryPageIsUTF8WhateverTheDatabaseHolds(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	v := s.Visitor(t)
	inShell(t, s, "UPDATE products SET name = CAST(x'4bc3ff80' AS TEXT), description = CAST(x'c3' AS TEXT) WHERE sku IN ('mug', 'pan')")
	order := v.Order("mug")
	v.Post("/cart/items", "sku", "mug")
	for _, path := range []string{"/", "/?category=kitchen", "/?q=egg", "/products/mug", "/products/pan", "/cart?added=mug&quantity=1", "/checkout", order, "/session"} {
		page := v.Get(path).Want(t, http.StatusOK)
		if !utf8.ValidString(page.Body) {
			t.Errorf("%s is not UTF-8", path)
		}
	}
	v.Get("/products/mug").Want(t, http.StatusOK, "K\ufffd")
}
