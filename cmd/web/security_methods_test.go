package main

import (
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// routes are the addresses of the shop: one of each pattern, and what Allow says
// of it.
var routes = map[string]struct{ path, allow string }{
	"/{$}":                         {"/", "GET, HEAD"},
	"/products/{sku}":              {"/products/mug", "GET, HEAD"},
	"/cart":                        {"/cart", "GET, HEAD"},
	"/cart/items":                  {"/cart/items", "POST"},
	"/cart/items/{sku}":            {"/cart/items/mug", "POST"},
	"/cart/clear":                  {"/cart/clear", "POST"},
	"/cart/undo":                   {"/cart/undo", "POST"},
	"/checkout":                    {"/checkout", "GET, HEAD, POST"},
	"/account":                     {"/account", "GET, HEAD"},
	"/account/new":                 {"/account/new", "GET, HEAD, POST"},
	"/account/login":               {"/account/login", "GET, HEAD, POST"},
	"/account/logout":              {"/account/logout", "POST"},
	"/account/confirm":             {"/account/confirm", "GET, HEAD, POST"},
	"/account/password":            {"/account/password", "GET, HEAD, POST"},
	"/account/devices":             {"/account/devices", "GET, HEAD"},
	"/account/devices/end":         {"/account/devices/end", "POST"},
	"/account/export":              {"/account/export", "GET, HEAD"},
	"/account/erase":               {"/account/erase", "GET, HEAD, POST"},
	"/cart/merged":                 {"/cart/merged", "POST"},
	"/orders":                      {"/orders", "GET, HEAD"},
	"/orders/{number}":             {"/orders/7KQ2-9XMA-4TCF", "GET, HEAD"},
	"/session":                     {"/session", "GET, HEAD"},
	"/session/viewed":              {"/session/viewed", "POST"},
	"/session/values":              {"/session/values", "POST"},
	"/session/values/{key}/remove": {"/session/values/colour/remove", "POST"},
	"/session/remember":            {"/session/remember", "POST"},
	"/session/renew":               {"/session/renew", "POST"},
	"/session/destroy":             {"/session/destroy", "POST"},
	"/healthz":                     {"/healthz", "GET, HEAD"},
	"/favicon.ico":                 {"/favicon.ico", "GET, HEAD"},
	"/robots.txt":                  {"/robots.txt", "GET, HEAD"},
	"/sitemap.xml":                 {"/sitemap.xml", "GET, HEAD"},
	"/static/{name...}":            {"/static/app.css", "GET, HEAD"},
}

var methods = []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "MKCOL", "get", "QUERY"}

// R36: each address takes the methods that it was made for, and says so to others.
func TestEveryAddressTakesItsMethodsAlone(t *testing.T) {
	t.Parallel()
	s, _ := newGuarded(t)
	v := s.Visitor(t)
	v.Settle()
	before := v.CartLines()
	for _, route := range routes {
		allowed := strings.Split(route.allow, ", ")
		for _, method := range methods {
			if slices.Contains(allowed, method) {
				continue
			}
			r := v.Ask(method, route.path, "").Want(t, http.StatusMethodNotAllowed)
			if got := r.Header.Get("Allow"); got != route.allow {
				t.Errorf("%s %s: Allow %q, want %q", method, route.path, got, route.allow)
			}
			if method == "TRACE" && strings.Contains(r.Body, "Accept-Encoding") {
				t.Errorf("TRACE %s gives the request back: %s", route.path, r.Body)
			}
		}
		r := s.Wire(t, "CONNECT", "CONNECT "+route.path+" HTTP/1.1\r\nHost: shop.example\r\nConnection: close\r\n\r\n")
		if r.StatusCode/100 == 2 {
			t.Errorf("CONNECT %s: status %d", route.path, r.StatusCode)
		}
	}
	if got := v.CartLines(); got != before {
		t.Errorf("cart %q, want %q", got, before)
	}
	s.Wire(t, "PRI", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").Want(t, http.StatusBadRequest) // HTTP/2 in the clear
}

// R36: the table above knows every route there is.
func TestTableOfRoutesIsComplete(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("../../internal/shop/routes.go")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`"([A-Z]+) (/[^"]*)"`).FindAllStringSubmatch(string(source), -1)
	for _, m := range found {
		if route, ok := routes[m[2]]; !ok || !strings.Contains(route.allow, m[1]) {
			t.Errorf("%s %s is not in the table", m[1], m[2])
		}
	}
	if len(found) < len(routes) {
		t.Errorf("%d patterns found for %d routes: does the pattern still find them?", len(found), len(routes))
	}
}

// R36, R37: HEAD is GET without the body, headers included.
func TestHeadIsGetWithoutTheBody(t *testing.T) {
	t.Parallel()
	s, _ := newGuarded(t)
	v := s.Visitor(t)
	order := v.Settle()
	for _, path := range []string{"/", "/?q=mug", "/products/mug", "/cart", "/checkout", order, "/session", "/healthz", s.Asset(t, "app.js"), "/nowhere", "/static/x"} {
		get, head := v.Ask("GET", path, "", "Accept-Encoding", "identity"), v.Ask("HEAD", path, "", "Accept-Encoding", "identity")
		if head.StatusCode != get.StatusCode || head.Body != "" {
			t.Errorf("%s: status %d and a body of %d bytes, want %d and none", path, head.StatusCode, len(head.Body), get.StatusCode)
		}
		get.Header.Del("Date")
		get.Header.Del("X-Request-Id")
		for name := range get.Header {
			if got, want := head.Header.Get(name), get.Header.Get(name); got != want {
				t.Errorf("%s: %s %q, want %q", path, name, got, want)
			}
		}
	}
}

// R35, R16: looking at everything there is, in every safe way, changes nothing:
// no row, no byte of one, no cookie.
func TestLookingChangesNothing(t *testing.T) {
	t.Parallel()
	s, _ := newGuarded(t)
	prune(t, s)
	v := s.Visitor(t)
	order := v.Settle()
	changed, before := watch(t, s), s.Sessions.Stats()
	from := []string{"/", "/cart", "/checkout", "/session", "/nowhere", order,
		"/cart?added=mug&quantity=2", "/cart?removed=mug", "/cart?cleared=1", "/cart?restored=1", "/cart?blocked=1", "/session?key=a&value=b", "/checkout?name=Eve"}
	for _, route := range routes {
		from = append(from, route.path)
	}
	for path, r := range crawl(v, from...) {
		if got := r.Header.Get("Set-Cookie"); got != "" {
			t.Errorf("%s sets %q", path, got)
		}
		for _, method := range []string{"HEAD", "OPTIONS"} {
			v.Ask(method, path, "")
		}
	}
	for path, body := range forms {
		v.Ask("GET", path+"?"+body, "")
		v.Ask("GET", path, body)
		v.Ask("GET", path+"?_method=POST&"+body, body, "X-HTTP-Method-Override", "POST", "X-HTTP-Method", "POST", "X-Method-Override", "POST")
		v.Ask("OPTIONS", path, body, "X-HTTP-Method-Override", "POST")
	}
	after := s.Sessions.Stats()
	if after.Loads == before.Loads {
		t.Error("no session was read: was anything looked at?")
	}
	before.Loads, before.Cached = after.Loads, after.Cached
	if changed() || after != before {
		t.Errorf("something was written: %+v, before %+v", after, before)
	}
}

// R18: whoever stores nothing costs nothing: no row, no cookie, no write.
func TestVisitorsWhoOnlyLookLeaveNoTrace(t *testing.T) {
	t.Parallel()
	s, _ := newGuarded(t)
	prune(t, s)
	v := s.Visitor(t)
	changed, before := watch(t, s), s.Sessions.Stats()
	for path, r := range crawl(v, "/", "/?q=mug", "/cart", "/checkout", "/session", "/nowhere", "/orders/7KQ2-9XMA-4TCF") {
		if got := r.Header.Get("Set-Cookie"); got != "" {
			t.Errorf("%s sets %q", path, got)
		}
	}
	for path, body := range forms {
		if path != "/cart/items" && path != "/cart/items/mug" && path != "/session/values" && path != "/session/remember" {
			v.Ask("POST", path, body)
		}
	}
	if got := s.Sessions.Stats(); changed() || got != before {
		t.Errorf("the database was written to, or asked for a session: %+v, before %+v", got, before)
	}
	if got := v.Cookies(); len(got) != 0 {
		t.Errorf("cookies %v, want none", got)
	}
}
