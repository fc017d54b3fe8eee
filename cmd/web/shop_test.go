package main

import (
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"trolley/internal/store"
	"trolley/session"
	"trolley/ui"
)

// shop is a running shop on a real database, with a few things on its shelves.
type shop struct {
	*application
	server *httptest.Server
}

// shelves are what the tests sell: sixty pegs, so that there is something to
// turn pages for and to fill a cart with, and one thing of each kind.
const shelves = `
DELETE FROM products;
DELETE FROM categories;
INSERT INTO categories (slug, name, position) VALUES ('kitchen', 'Kitchen', 1), ('desk', 'Desk', 2), ('bare', 'Bare', 3);
INSERT INTO products (sku, name, description, category, price, stock, position, withdrawn) VALUES
  ('mug', 'Enamel mug', 'Blue rim, holds a pint.', 'kitchen', 1850, 50, 1, FALSE),
  ('pan', 'Small pan', 'For one egg.', 'kitchen', 2400, 3, 2, FALSE),
  ('knife', 'Bread knife', 'Sold out at the moment.', 'kitchen', 990, 0, 3, FALSE),
  ('lamp', 'Desk lamp', 'No longer made.', 'desk', 5000, 10, 4, TRUE),
  ('pencil', 'Brass pencil', 'Heavy, and <em>sharp</em>.', 'desk', 250, 100, 5, FALSE),
  ('yacht', 'Yacht', 'Too dear to count.', 'desk', 9000000000000000000, 9, 999, FALSE);
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60)
INSERT INTO products (sku, name, description, category, price, stock, position)
SELECT 'peg-' || i, 'Peg ' || i, 'Holds.', 'desk', 100, 99, 100 + i FROM n;
`

func newShop(t testing.TB) *shop { return newShopFrom(t, ui.Files) }

// newShopFrom starts a shop with other templates and static files.
func newShopFrom(t testing.TB, files fs.FS) *shop {
	t.Helper()
	db := database(t)
	s, err := store.Open(t.Context(), db, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	made := serve(t, s, files, options{Database: db, Started: time.Now(), CatalogueAge: 1, Sessions: session.Options{Secure: true}})
	made.exec(t, shelves)
	return made
}

func serve(t testing.TB, s *store.Store, files fs.FS, o options) *shop {
	t.Helper()
	app, err := newApplication(o, s, files, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewTLSServer(app.shop(config{secureCookies: "on"}))
	t.Cleanup(server.Close)
	return &shop{app, server}
}

// twin returns a second server on the same database. The two share nothing
// else, as if they ran on two machines.
func (s *shop) twin(t testing.TB) *shop {
	t.Helper()
	return serve(t, s.store, ui.Files, s.options)
}

// at returns the same browser, which now talks to another server.
func (v *visitor) at(s *shop) *visitor { return &visitor{v.t, s, v.client} }

// exec changes the database behind the shop's back, as its owner may.
func (s *shop) exec(t testing.TB, query string, args ...any) {
	t.Helper()
	if _, err := s.store.Write().ExecContext(t.Context(), query, args...); err != nil {
		t.Fatal(err)
	}
}

// count returns the number that a query selects.
func (s *shop) count(t testing.TB, query string, args ...any) (n int) {
	t.Helper()
	if err := s.store.Read().QueryRowContext(t.Context(), query, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// visitor is a browser with cookies of its own, which follows no redirects.
type visitor struct {
	t      testing.TB
	shop   *shop
	client *http.Client
}

func (s *shop) visitor(t testing.TB) *visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := *s.server.Client()
	client.Jar = jar
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &visitor{t, s, &client}
}

// reply is an answer that was read to its end.
type reply struct {
	*http.Response
	body string
}

const (
	asPage = "text/html"
	asJSON = "application/json"
)

func (v *visitor) get(path string) reply     { return v.send("GET", path, asPage, "", "") }
func (v *visitor) getJSON(path string) reply { return v.send("GET", path, asJSON, "", "") }

// post sends a form: names and values in turn.
func (v *visitor) post(path string, fields ...string) reply {
	return v.send("POST", path, asPage, "application/x-www-form-urlencoded", encodeForm(fields))
}

func (v *visitor) postJSON(path string, fields ...string) reply {
	return v.send("POST", path, asJSON, "application/x-www-form-urlencoded", encodeForm(fields))
}

func encodeForm(fields []string) string {
	var pairs []string
	for i := 0; i < len(fields); i += 2 {
		pairs = append(pairs, url.QueryEscape(fields[i])+"="+url.QueryEscape(fields[i+1]))
	}
	return strings.Join(pairs, "&")
}

func (v *visitor) send(method, path, accept, contentType, body string) reply {
	v.t.Helper()
	r, err := http.NewRequestWithContext(v.t.Context(), method, v.shop.server.URL+path, strings.NewReader(body))
	if err != nil {
		v.t.Fatal(err)
	}
	r.Header.Set("Accept", accept)
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	response, err := v.client.Do(r)
	if err != nil {
		v.t.Fatal(err)
	}
	defer response.Body.Close()
	read, err := io.ReadAll(response.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return reply{response, string(read)}
}

// cookies returns what the browser keeps.
func (v *visitor) cookies() []*http.Cookie { return v.client.Jar.Cookies(v.home()) }

func (v *visitor) home() *url.URL {
	home, err := url.Parse(v.shop.server.URL)
	if err != nil {
		v.t.Fatal(err)
	}
	return home
}

// want fails the test unless the reply has the status and its text holds every
// one of the pieces.
func (r reply) want(t testing.TB, status int, pieces ...string) reply {
	t.Helper()
	if r.StatusCode != status {
		t.Fatalf("%s %s: status %d, want %d\n%s", r.Request.Method, r.Request.URL, r.StatusCode, status, r.text())
	}
	for _, piece := range pieces {
		if !strings.Contains(r.text(), piece) {
			t.Errorf("%s %s: no %q in\n%s", r.Request.Method, r.Request.URL, piece, r.text())
		}
	}
	return r
}

// wantRedirect fails the test unless the reply is a 303 to the path.
func (r reply) wantRedirect(t testing.TB, to string) reply {
	t.Helper()
	r.want(t, http.StatusSeeOther)
	if got := r.Header.Get("Location"); got != to {
		t.Fatalf("%s %s: to %q, want %q", r.Request.Method, r.Request.URL, got, to)
	}
	return r
}

// text is what a reader sees: for a page the text between its tags, with every
// run of space as one.
func (r reply) text() string {
	if !strings.HasPrefix(r.Header.Get("Content-Type"), "text/html") {
		return r.body
	}
	var b strings.Builder
	for n := range r.page().Descendants() {
		if n.Type == html.TextNode && n.Parent.Data != "title" {
			b.WriteString(n.Data + " ")
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

func (r reply) page() *html.Node {
	page, err := html.Parse(strings.NewReader(r.body))
	if err != nil {
		panic(err) // the parser takes anything; only its reader can fail
	}
	return page
}

// element returns the first element of a page with the tag and the attributes,
// names and values in turn; nil where there is none.
func (r reply) element(tag string, attributes ...string) *html.Node {
	for n := range r.page().Descendants() {
		if n.Type == html.ElementNode && n.Data == tag && hasAll(n, attributes) {
			return n
		}
	}
	return nil
}

func hasAll(n *html.Node, attributes []string) bool {
	for i := 0; i < len(attributes); i += 2 {
		if value, ok := attributeOf(n, attributes[i]); !ok || value != attributes[i+1] {
			return false
		}
	}
	return true
}

func attributeOf(n *html.Node, name string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

// value returns what the field of a form holds.
func (r reply) value(t testing.TB, attributes ...string) string {
	t.Helper()
	field := r.element("input", attributes...)
	if field == nil {
		t.Fatalf("%s: no input %v", r.Request.URL, attributes)
	}
	value, _ := attributeOf(field, "value")
	return value
}

// cartLines returns the visitor's cart as "sku quantity" lines.
func (v *visitor) cartLines() string {
	v.t.Helper()
	var lines []string
	for _, l := range v.cartJSON().Lines {
		lines = append(lines, fmt.Sprintf("%s %d", l.SKU, l.Quantity))
	}
	return strings.Join(lines, ", ")
}

func (v *visitor) cartJSON() (c cartJSON) {
	v.t.Helper()
	decode(v.t, v.getJSON("/cart").want(v.t, http.StatusOK), &c)
	return c
}

// decode reads an answer for scripts, which has no fields but those of to.
func decode(t testing.TB, r reply, to any) {
	t.Helper()
	if got := r.Header.Get("Content-Type"); got != jsonType {
		t.Fatalf("%s: content type %q, want %q", r.Request.URL, got, jsonType)
	}
	d := json.NewDecoder(strings.NewReader(r.body))
	d.DisallowUnknownFields()
	if err := d.Decode(to); err != nil {
		t.Fatalf("%s: %v in %s", r.Request.URL, err, r.body)
	}
}
