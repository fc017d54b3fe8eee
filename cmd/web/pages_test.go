package main

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"trolley/internal/web"
	"trolley/test/shoptest"
)

// faults returns what the page should not hold: code or style of its own, and
// addresses of others.
func faults(r shoptest.Reply) (faults []string) {
	// As a browser without scripts reads it, so that nothing hides in a noscript.
	page, err := html.ParseWithOptions(strings.NewReader(r.Body), html.ParseOptionEnableScripting(false))
	if err != nil {
		panic(err) // the parser takes anything; only its reader can fail
	}
	for n := range page.Descendants() {
		if n.Type == html.CommentNode {
			faults = append(faults, "<!--"+n.Data+"-->")
		}
		if n.Type != html.ElementNode {
			continue
		}
		if slices.Contains(active, n.Data) || n.Data == "script" && n.FirstChild != nil {
			faults = append(faults, "<"+n.Data+">")
		}
		for _, a := range n.Attr {
			if isFault(n, a) {
				faults = append(faults, "<"+n.Data+" "+a.Key+"="+a.Val+">")
			}
		}
	}
	return faults
}

// crawl visits the addresses, and every one that a page among them leads to, and
// returns the answers by address.
func crawl(v *shoptest.Visitor, from ...string) map[string]shoptest.Reply {
	v.T.Helper()
	seen := make(map[string]shoptest.Reply)
	for len(from) > 0 {
		path := from[0]
		from = from[1:]
		if _, ok := seen[path]; ok || !strings.HasPrefix(path, "/") {
			continue
		}
		seen[path] = v.Get(path)
		from = append(from, leads(seen[path])...)
	}
	return seen
}

// leads returns every address that a page names, those of its forms included.
func leads(r shoptest.Reply) (to []string) {
	if to = r.Header.Values("Location"); r.Header.Get("Content-Type") != web.HTMLType {
		return to
	}
	for n := range r.Page().Descendants() {
		for _, a := range n.Attr {
			if address, _, _ := strings.Cut(a.Val, "#"); slices.Contains(addresses, a.Key) && address != "" {
				to = append(to, address)
			}
		}
	}
	return to
}

// prune leaves a few of the many pegs, so that a crawl ends soon.
func prune(t *testing.T, s *shoptest.Shop) {
	t.Helper()
	s.Exec(t, "DELETE FROM products WHERE sku GLOB 'peg-*' AND sku NOT GLOB 'peg-?' AND sku <> 'peg-10'")
}

// shape is a page without its texts: its elements and the names of their
// attributes, in order.
func shape(r shoptest.Reply) string {
	var b strings.Builder
	for n := range r.Page().Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		b.WriteString("<" + n.Data)
		for _, a := range n.Attr {
			b.WriteString(" " + a.Key)
		}
	}
	return b.String()
}

// shows reports whether a text, or an attribute, of the page is or holds text.
func shows(r shoptest.Reply, text string) bool {
	for n := range r.Page().Descendants() {
		if n.Type == html.TextNode && strings.Contains(n.Data, text) {
			return true
		}
		for _, a := range n.Attr {
			if strings.Contains(a.Val, text) {
				return true
			}
		}
	}
	return false
}

// seen is a page with a text that somebody typed, and what it shows of it.
type seen struct {
	name string
	shoptest.Reply
	shown string // "" where the text is not shown, or not as it is
}

// typeEverywhere puts text wherever a visitor can, and returns what comes back.
func typeEverywhere(t *testing.T, s *shoptest.Shop, text string) []seen {
	t.Helper()
	v := s.Visitor(t)
	v.Post("/cart/items", "sku", "mug").Want(t, http.StatusSeeOther)
	checkout := v.CheckoutForm()[:4]
	contact := append(checkout[:4:4], "name", text, "email", text, "address", text+" street",
		"postcode", "X", "town", text, "country", text)
	wrong := []seen{
		{"the search", v.Get("/?q=" + url.QueryEscape(text)), text},
		{"a quantity, at the product", v.Post("/cart/items", "sku", "mug", "quantity", text), text},
		{"a quantity, in the cart", v.Post("/cart/items/mug", "quantity", text), text},
		{"a key", v.Post("/session/values", "key", text, "value", "x"), text},
		{"a value that is too long", v.Post("/session/values", "key", "colour", "value", text+strings.Repeat("x", 200)), text},
		{"a contact", v.Post("/checkout", contact...), text},
		{"a contact, later", v.Get("/checkout"), text},
		{"a contact, in the session", v.Get("/session"), ""},
		{"a path", v.Get("/" + url.PathEscape(text)), ""},
		{"a SKU", v.Get("/products/" + url.PathEscape(text)), ""},
		{"an order's number", v.Get("/orders/" + url.PathEscape(text)), ""},
		{"a file's name", v.Get("/static/" + url.PathEscape(text)), ""},
		{"a shelf", v.Get("/?category=" + url.QueryEscape(text)), ""},
		{"what was added", v.Get("/cart?added=" + url.QueryEscape(text) + "&quantity=0&limit=lines"), ""},
		{"a cart's id", v.Post("/checkout", append([]string{"cart", text, "shown", text}, shoptest.Ada...)...), ""},
	}
	v.Post("/session/values", "key", "username", "value", text).Want(t, http.StatusSeeOther)
	v.Post("/session/values", "key", "colour", "value", text).Want(t, http.StatusSeeOther)
	for _, path := range []string{"/", "/products/mug", "/cart", "/checkout", "/session", "/nowhere"} {
		wrong = append(wrong, seen{"the user's name, on " + path, v.Get(path), text})
	}
	contact[7] = "o'b=x+y@example.com" // as odd as an address can be
	order := v.Post("/checkout", contact...).Want(t, http.StatusSeeOther).Header.Get("Location")
	wrong = append(wrong, seen{"the order", v.Get(order), text})
	for _, path := range []string{"/sessions", "/sessions/" + shoptest.HashOf(v.Token())[:12], "/plots"} {
		wrong = append(wrong, seen{backOffice + path, s.AtOps("GET", "localhost", path), ""})
	}
	return wrong
}
