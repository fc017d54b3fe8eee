package main

import (
	"net/http"
	"strings"
	"testing"

	"trolley/test/shoptest"
)

// forms are all that changes something: the path and the body of each.
var forms = map[string]string{
	"/cart/items":                    "sku=mug",
	"/cart/items/mug":                "quantity=5",
	"/cart/clear":                    "",
	"/cart/undo":                     "",
	"/checkout":                      "name=Eve&email=eve@evil.example&address=Somewhere+1&postcode=1&town=Town&country=Country",
	"/session/values":                "key=username&value=Eve",
	"/session/values/colour/remove":  "",
	"/session/remember":              "remember=off",
	"/session/renew":                 "",
	"/session/destroy":               "",
	"/session/values/nothing/remove": "",
}

// origins are what browsers send, and what others might, with a form: whether
// the shop takes it. OWN stands for the host of the shop.
var origins = []struct {
	name    string
	headers []string
	taken   bool
}{
	{"the shop's own page", []string{"Sec-Fetch-Site", "same-origin", "Origin", "https://OWN"}, true},
	{"the address bar", []string{"Sec-Fetch-Site", "none"}, true},
	{"an old browser, the shop's own page", []string{"Origin", "https://OWN"}, true},
	{"a script that is no browser", nil, true},
	{"another site", []string{"Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"}, false},
	{"another site that says nothing else", []string{"Sec-Fetch-Site", "cross-site"}, false},
	{"another site that claims to be the shop", []string{"Sec-Fetch-Site", "cross-site", "Origin", "https://OWN"}, false},
	{"a sibling subdomain", []string{"Sec-Fetch-Site", "same-site", "Origin", "https://blog.shop.example"}, false},
	{"another port of the same host", []string{"Sec-Fetch-Site", "same-site", "Origin", "https://127.0.0.1:1"}, false},
	{"a value that is not one", []string{"Sec-Fetch-Site", "Same-Origin"}, false},
	{"a value of the future", []string{"Sec-Fetch-Site", "same-party"}, false},
	{"a value with more", []string{"Sec-Fetch-Site", "same-origin, cross-site"}, false},
	{"two values, the first one fine", []string{"Sec-Fetch-Site", "same-origin", "Sec-Fetch-Site", "cross-site"}, false},
	{"two values, both fine", []string{"Sec-Fetch-Site", "same-origin", "Sec-Fetch-Site", "same-origin"}, false},
	{"two values, the first one empty", []string{"Sec-Fetch-Site", "", "Sec-Fetch-Site", "cross-site"}, false},
	{"an old browser, another site", []string{"Origin", "https://evil.example"}, false},
	{"an old browser, a sandboxed frame", []string{"Origin", "null"}, false},
	{"an old browser, another port", []string{"Origin", "https://127.0.0.1:1"}, false},
	{"an old browser, a longer name", []string{"Origin", "https://OWN.evil.example"}, false},
	{"an origin without a scheme", []string{"Origin", "OWN"}, false},
	{"an origin with a user", []string{"Origin", "https://evil@OWN"}, false},
	{"an origin with the shop as its user", []string{"Origin", "https://OWN@evil.example"}, false},
	{"an origin with a user, from the shop's own page", []string{"Sec-Fetch-Site", "same-origin", "Origin", "https://evil@OWN"}, false},
	{"two origins, the first one the shop's", []string{"Origin", "https://OWN", "Origin", "https://evil.example"}, false},
	{"two origins, both the shop's", []string{"Origin", "https://OWN", "Origin", "https://OWN"}, false},
	{"two origins, the first one empty", []string{"Origin", "", "Origin", "https://evil.example"}, false},
	{"an origin that cannot be read", []string{"Origin", "https://%zz"}, false},
}

// R31, R32, R33, R34: what another site makes a browser send is refused, for
// visitors with a session and without, and the database hears nothing of it.
func TestFormsOfOtherSitesAreRefused(t *testing.T) {
	t.Parallel()
	s, _ := newGuarded(t)
	v := s.Visitor(t)
	v.Settle()
	changed, before := watch(t, s), s.Sessions.Stats()
	var refused string
	refuse := func(v *shoptest.Visitor, path, body, name string, headers []string) {
		r := v.Ask("POST", path, body, as(v, headers)...).Want(t, http.StatusForbidden, "That came from another site")
		if refused == "" {
			refused = shoptest.Blank(r.Body)
		}
		if shoptest.Blank(r.Body) != refused || r.Header.Get("Set-Cookie") != "" {
			t.Errorf("%s %s: another page than the others, or a cookie %q", name, path, r.Header.Get("Set-Cookie"))
		}
	}
	nobody := s.Visitor(t)
	everywhere := func() {
		for i, o := range origins {
			for path, body := range forms {
				if !o.taken && (i < 8 || path == "/checkout") {
					refuse(v, path, body, o.name, o.headers)
				}
			}
			if !o.taken {
				refuse(nobody, "/cart/items", "sku=mug", o.name, o.headers)
			}
		}
	}
	everywhere()
	if changed() || s.Sessions.Stats() != before {
		t.Errorf("the database was written to, or asked: %+v, before %+v", s.Sessions.Stats(), before)
	}
	if got := v.CartLines(); got != "mug 2, pencil 1" {
		t.Errorf("cart %q, want it as it was", got)
	}
	// With no database at all the answers are the same: none of them needs it.
	if err := s.Store.Close(); err != nil {
		t.Fatal(err)
	}
	everywhere()
}

// R31, R33, R34.
func TestFormsOfTheShopAreTaken(t *testing.T) {
	t.Parallel()
	s, _ := newGuarded(t)
	for _, o := range origins {
		for path, body := range forms {
			if o.taken && path != "/checkout" {
				v := s.Visitor(t)
				v.Post("/session/values", "key", "username", "value", "Ada")
				v.Ask("POST", path, body, as(v, o.headers)...).Want(t, http.StatusSeeOther)
			}
		}
	}
}

// R31: a refusal does not depend on the method being one that the page has.
func TestUnsafeMethodsOfOtherSitesAreRefused(t *testing.T) {
	t.Parallel()
	s, _ := newGuarded(t)
	v := s.Visitor(t)
	for _, method := range []string{"POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "get", "X-EVIL"} {
		for _, path := range []string{"/", "/cart", "/nowhere", "/healthz", "/static/x"} {
			v.Ask(method, path, "", "Sec-Fetch-Site", "cross-site").Want(t, http.StatusForbidden)
		}
	}
	// Links of other sites lead in.
	v.Ask("GET", "/products/mug", "", "Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example").Want(t, http.StatusOK)
}

// R33, R42: where the shop knows its name it answers to no other, so that no
// cache keeps, and no page carries, a name that somebody made up.
func TestShopAnswersToItsOwnNameAlone(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t).Again(t, shoptest.Discard(), func(o *shoptest.Settings) { o.BaseURL = "https://shop.example" })
	v := s.Visitor(t)
	for host, own := range map[string]bool{
		"shop.example": true, "SHOP.example": true,
		"evil.example": false, "shop.example.evil.example": false, "shop.example:1": false, "127.0.0.1": false, "evil@shop.example": false, "www.shop.example": false,
	} {
		for _, path := range []string{"/", "/cart", "/nowhere", s.Asset(t, "app.css")} {
			r := v.Ask("GET", path, "", "Host", host)
			if misdirected := r.StatusCode == http.StatusBadRequest; misdirected == own {
				t.Errorf("%s for %s: status %d", path, host, r.StatusCode)
			}
			if !own && strings.Contains(r.Body, host) {
				t.Errorf("%s for %s: the page names the host", path, host)
			}
		}
		v.Ask("GET", "/healthz", "", "Host", host).Want(t, http.StatusOK)
	}
	page := v.Ask("GET", "/products/mug", "", "Host", "shop.example").Want(t, http.StatusOK)
	if page.Element("link", "rel", "canonical", "href", "https://shop.example/products/mug") == nil {
		t.Error("the page does not say where it is at home")
	}
	v.Ask("POST", "/cart/items", "sku=mug", "Host", "shop.example", "Origin", "https://shop.example").Want(t, http.StatusSeeOther)
	v.Ask("POST", "/cart/items", "sku=mug", "Host", "shop.example", "Origin", "https://evil.example").Want(t, http.StatusForbidden)
}

// R33: without a host, "null" and no origin at all would look alike.
func TestRequestWithoutHostIsRefused(t *testing.T) {
	t.Parallel()
	s, _ := newGuarded(t)
	for _, text := range []string{
		"GET / HTTP/1.0\r\n\r\n",
		"POST /cart/clear HTTP/1.0\r\nOrigin: null\r\nContent-Length: 0\r\n\r\n",
		"GET / HTTP/1.1\r\n\r\n",
		"GET / HTTP/1.1\r\nHost:\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
	} {
		s.Wire(t, "GET", text).Want(t, http.StatusBadRequest)
	}
	s.Wire(t, "GET", "GET /healthz HTTP/1.0\r\n\r\n").Want(t, http.StatusOK)
}
