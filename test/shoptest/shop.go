// Package shoptest starts a shop within the process of a test, on a real database,
// and visits it like a browser.
package shoptest

import (
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"trolley/internal/account"
	"trolley/internal/shop"
	"trolley/internal/store"
	"trolley/internal/web"
	"trolley/session"
	"trolley/ui"
)

// Shop is a running shop on a real database, with a few things on its shelves.
type Shop struct {
	*shop.Shop
	Settings Settings
	Site     *web.Site
	Sessions *session.Manager
	Store    *store.Store
	Back     BackOffice
	Ops      http.Handler // of the back office; nil for none
	Server   *httptest.Server
}

// Shelves are what the tests sell: sixty pegs, so that there is something to
// turn pages for and to fill a cart with, and one thing of each kind.
const Shelves = `
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

func New(t testing.TB, change ...func(*Settings)) *Shop {
	return NewFrom(t, ui.Files, change...)
}

// NewFrom starts a shop with other templates and static files.
func NewFrom(t testing.TB, files fs.FS, change ...func(*Settings)) *Shop {
	t.Helper()
	db := Database(t)
	s, err := store.Open(t.Context(), db, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	o := Settings{Options: shop.Options{Database: db, Started: time.Now(), CatalogueAge: 1, Secure: true}, Files: files, Log: Discard()}
	for _, c := range change {
		c(&o)
	}
	made := Serve(t, s, o)
	made.Exec(t, Shelves)
	return made
}

// Settings are what tests change of a shop.
type Settings struct {
	shop.Options
	BaseURL string
	Notice  string // see web.Options
	// TrustedProxies are the networks of the reverse proxies.
	TrustedProxies []netip.Prefix

	Files  fs.FS
	Log    *slog.Logger
	Broken bool // handlers panic as soon as they ask for a product or an order
	// inside stands between the session of a request and its handler; nil for nothing.
	Inside func(http.Handler) http.Handler
	// office makes the back office of a shop; nil for none.
	Office func() BackOffice
}

// backOfficer is the back office of a shop.
type BackOffice interface {
	Observe(session.Event)
	Open(*Shop) http.Handler
}

// wire prepares a shop and its inspector, as the program does.
func assemble(t testing.TB, s *store.Store, o Settings) *Shop {
	t.Helper()
	made, err := TryAssemble(s, o)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func TryAssemble(s *store.Store, o Settings) (*Shop, error) {
	site, err := web.New(o.Files, web.Options{BaseURL: o.BaseURL, Notice: o.Notice, Log: o.Log, Problem: shop.Explain, TrustedProxies: o.TrustedProxies})
	if err != nil {
		return nil, err
	}
	so := session.Options{Engine: s.Engine(), Secure: o.Secure, Cookie: shop.SessionCookie(), Reader: s.Read(), Log: o.Log, Error: site.Refuse,
		Client: site.ClientNetwork, Limit: site.LimitSessions()}
	if db := s.SQLite(); db != nil {
		so.Cache = db.SessionCache()
	}
	var back BackOffice
	if o.Office != nil {
		back = o.Office()
		so.Observe = back.Observe
	}
	sessions, err := session.New(s.Write(), so)
	if err != nil {
		return nil, err
	}
	o.Accounts = account.New(s, so.Cache, o.Log)
	if o.Inside != nil {
		o.WithSession = func(next http.Handler) http.Handler { return sessions.Handler(o.Inside(next)) }
	}
	reached := s
	if o.Broken {
		reached = nil
	}
	made := &Shop{Shop: shop.New(o.Options, site, reached, sessions), Settings: o, Site: site, Sessions: sessions, Store: s, Back: back}
	if back != nil {
		made.Ops = back.Open(made)
	}
	return made, nil
}

func Serve(t testing.TB, s *store.Store, o Settings) *Shop {
	t.Helper()
	made := assemble(t, s, o)
	made.Server = httptest.NewTLSServer(made.Handler())
	t.Cleanup(made.Server.Close)
	return made
}

// Insecure is the shop as it is over plain HTTP.
func (s *Shop) Insecure(t testing.TB) http.Handler {
	t.Helper()
	o := s.Settings
	o.Secure = false
	return assemble(t, s.Store, o).Handler()
}

// Asset returns the address of a static file.
func (s *Shop) Asset(t testing.TB, name string) string {
	t.Helper()
	address, err := s.Static.URL(name)
	if err != nil {
		t.Fatal(err)
	}
	return address
}

// Twin returns a second server on the same database. The two share nothing
// else, as if they ran on two machines.
func (s *Shop) Twin(t testing.TB) *Shop {
	t.Helper()
	return Serve(t, s.Store, s.Settings)
}

// At returns the same browser, which now talks to another server.
func (v *Visitor) At(s *Shop) *Visitor { return &Visitor{v.T, s, v.Client} }

// Exec changes the database behind the shop's back, as its owner may.
func (s *Shop) Exec(t testing.TB, query string, args ...any) {
	t.Helper()
	if _, err := s.Store.Write().ExecContext(t.Context(), query, args...); err != nil {
		t.Fatal(err)
	}
}

// Count returns the number that a query selects.
func (s *Shop) Count(t testing.TB, query string, args ...any) (n int) {
	t.Helper()
	if err := s.Store.Read().QueryRowContext(t.Context(), query, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// Visitor is a browser with cookies of its own, which follows no redirects.
type Visitor struct {
	T      testing.TB
	Shop   *Shop
	Client *http.Client
}

func (s *Shop) Visitor(t testing.TB) *Visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := *s.Server.Client()
	client.Jar = jar
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Visitor{t, s, &client}
}

// Reply is an answer that was read to its end.
type Reply struct {
	*http.Response
	Body string
}

const (
	AsPage = "text/html"
	AsJSON = "application/json"
)

func (v *Visitor) Get(path string) Reply     { return v.Send("GET", path, AsPage, "", "") }
func (v *Visitor) GetJSON(path string) Reply { return v.Send("GET", path, AsJSON, "", "") }

// Post sends a form: names and values in turn.
func (v *Visitor) Post(path string, fields ...string) Reply {
	return v.Send("POST", path, AsPage, "application/x-www-form-urlencoded", EncodeForm(fields))
}

func (v *Visitor) PostJSON(path string, fields ...string) Reply {
	return v.Send("POST", path, AsJSON, "application/x-www-form-urlencoded", EncodeForm(fields))
}

func EncodeForm(fields []string) string {
	var pairs []string
	for i := 0; i < len(fields); i += 2 {
		pairs = append(pairs, url.QueryEscape(fields[i])+"="+url.QueryEscape(fields[i+1]))
	}
	return strings.Join(pairs, "&")
}

func (v *Visitor) Send(method, path, accept, contentType, body string) Reply {
	v.T.Helper()
	r, err := http.NewRequestWithContext(v.T.Context(), method, v.Shop.Server.URL+path, strings.NewReader(body))
	if err != nil {
		v.T.Fatal(err)
	}
	r.Header.Set("Accept", accept)
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	response, err := v.Client.Do(r)
	if err != nil {
		v.T.Fatal(err)
	}
	defer response.Body.Close()
	read, err := io.ReadAll(response.Body)
	if err != nil {
		v.T.Fatal(err)
	}
	return Reply{response, string(read)}
}

// Cookies returns what the browser keeps.
func (v *Visitor) Cookies() []*http.Cookie { return v.Client.Jar.Cookies(v.Home()) }

func (v *Visitor) Home() *url.URL {
	home, err := url.Parse(v.Shop.Server.URL)
	if err != nil {
		v.T.Fatal(err)
	}
	return home
}

// Want fails the test unless the reply has the status and its text holds every
// one of the pieces.
func (r Reply) Want(t testing.TB, status int, pieces ...string) Reply {
	t.Helper()
	if r.StatusCode != status {
		t.Fatalf("%s %s: status %d, want %d\n%s", r.Request.Method, r.Request.URL, r.StatusCode, status, r.Text())
	}
	for _, piece := range pieces {
		if !strings.Contains(r.Text(), piece) {
			t.Errorf("%s %s: no %q in\n%s", r.Request.Method, r.Request.URL, piece, r.Text())
		}
	}
	return r
}

// WantRedirect fails the test unless the reply is a 303 to the path.
func (r Reply) WantRedirect(t testing.TB, to string) Reply {
	t.Helper()
	r.Want(t, http.StatusSeeOther)
	if got := r.Header.Get("Location"); got != to {
		t.Fatalf("%s %s: to %q, want %q", r.Request.Method, r.Request.URL, got, to)
	}
	return r
}

// Text is what a reader sees: for a page the text between its tags, with every
// run of space as one.
func (r Reply) Text() string {
	if !strings.HasPrefix(r.Header.Get("Content-Type"), "text/html") {
		return r.Body
	}
	var b strings.Builder
	for n := range r.Page().Descendants() {
		if n.Type == html.TextNode && n.Parent.Data != "title" {
			b.WriteString(n.Data + " ")
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

func (r Reply) Page() *html.Node {
	page, err := html.Parse(strings.NewReader(r.Body))
	if err != nil {
		panic(err) // the parser takes anything; only its reader can fail
	}
	return page
}

// Element returns the first element of a page with the tag and the attributes,
// names and values in turn; nil where there is none.
func (r Reply) Element(tag string, attributes ...string) *html.Node {
	for n := range r.Page().Descendants() {
		if n.Type == html.ElementNode && n.Data == tag && hasAll(n, attributes) {
			return n
		}
	}
	return nil
}

func hasAll(n *html.Node, attributes []string) bool {
	for i := 0; i < len(attributes); i += 2 {
		if value, ok := AttributeOf(n, attributes[i]); !ok || value != attributes[i+1] {
			return false
		}
	}
	return true
}

func AttributeOf(n *html.Node, name string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

// Value returns what the field of a form holds.
func (r Reply) Value(t testing.TB, attributes ...string) string {
	t.Helper()
	field := r.Element("input", attributes...)
	if field == nil {
		t.Fatalf("%s: no input %v", r.Request.URL, attributes)
	}
	value, _ := AttributeOf(field, "value")
	return value
}

// CartLines returns the visitor's cart as "sku quantity" lines.
func (v *Visitor) CartLines() string {
	v.T.Helper()
	var lines []string
	for _, l := range v.CartJSON().Lines {
		lines = append(lines, fmt.Sprintf("%s %d", l.SKU, l.Quantity))
	}
	return strings.Join(lines, ", ")
}

func (v *Visitor) CartJSON() (c shop.CartJSON) {
	v.T.Helper()
	Decode(v.T, v.GetJSON("/cart").Want(v.T, http.StatusOK), &c)
	return c
}

// Decode reads an answer for scripts, which has no fields but those of to.
func Decode(t testing.TB, r Reply, to any) {
	t.Helper()
	if got := r.Header.Get("Content-Type"); got != web.JSONType {
		t.Fatalf("%s: content type %q, want %q", r.Request.URL, got, web.JSONType)
	}
	d := json.NewDecoder(strings.NewReader(r.Body))
	d.DisallowUnknownFields()
	if err := d.Decode(to); err != nil {
		t.Fatalf("%s: %v in %s", r.Request.URL, err, r.Body)
	}
}
