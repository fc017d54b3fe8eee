package main

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// hostile texts would do something where they were not taken as text. None has
// more than 80 characters, which is what a name may have.
var hostile = []string{
	`"><script>alert(1)</script>`,
	`'><img src=x onerror=alert(1)>`,
	`" autofocus onfocus="alert(1)`,
	`</title></textarea></pre></code><svg onload=alert(1)>`,
	`javascript:alert('1')`,
	`--><!-- ]]><base href=//evil.example><style>*{color:red}</style>`,
	`{{.Database}}${7*7}<%=7*7%>&lt;b&gt;&#60;b&#62;\u003cb\x3c`,
	"\u202ealert\u2028<b>\ufeff",
}

// shape is a page without its texts: its elements and the names of their
// attributes, in order.
func (r reply) shape() string {
	var b strings.Builder
	for n := range r.page().Descendants() {
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
func (r reply) shows(text string) bool {
	for n := range r.page().Descendants() {
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
	reply
	shown string // "" where the text is not shown, or not as it is
}

const backOffice = "the back office: "

// typeEverywhere puts text wherever a visitor can, and returns what comes back.
func (s *shop) typeEverywhere(t *testing.T, text string) []seen {
	t.Helper()
	v := s.visitor(t)
	v.post("/cart/items", "sku", "mug").want(t, http.StatusSeeOther)
	checkout := v.checkoutForm()[:4]
	contact := append(checkout[:4:4], "name", text, "email", text, "address", text+" street")
	wrong := []seen{
		{"the search", v.get("/?q=" + url.QueryEscape(text)), text},
		{"a quantity, at the product", v.post("/cart/items", "sku", "mug", "quantity", text), text},
		{"a quantity, in the cart", v.post("/cart/items/mug", "quantity", text), text},
		{"a key", v.post("/session/values", "key", text, "value", "x"), text},
		{"a value that is too long", v.post("/session/values", "key", "colour", "value", text+strings.Repeat("x", 200)), text},
		{"a contact", v.post("/checkout", contact...), text},
		{"a contact, later", v.get("/checkout"), text},
		{"a contact, in the session", v.get("/session"), ""},
		{"a path", v.get("/" + url.PathEscape(text)), ""},
		{"a SKU", v.get("/products/" + url.PathEscape(text)), ""},
		{"an order's number", v.get("/orders/" + url.PathEscape(text)), ""},
		{"a file's name", v.get("/static/" + url.PathEscape(text)), ""},
		{"a shelf", v.get("/?category=" + url.QueryEscape(text)), ""},
		{"what was added", v.get("/cart?added=" + url.QueryEscape(text) + "&quantity=0&limit=lines"), ""},
		{"a cart's id", v.post("/checkout", append([]string{"cart", text, "shown", text}, ada...)...), ""},
	}
	v.post("/session/values", "key", "username", "value", text).want(t, http.StatusSeeOther)
	v.post("/session/values", "key", "colour", "value", text).want(t, http.StatusSeeOther)
	for _, path := range []string{"/", "/products/mug", "/cart", "/checkout", "/session", "/nowhere"} {
		wrong = append(wrong, seen{"the user's name, on " + path, v.get(path), text})
	}
	contact[7] = "o'b=x+y@example.com" // as odd as an address can be
	order := v.post("/checkout", contact...).want(t, http.StatusSeeOther).Header.Get("Location")
	wrong = append(wrong, seen{"the order", v.get(order), text})
	for _, path := range []string{"/sessions", "/sessions/" + hashOf(v.token())[:12], "/plots"} {
		wrong = append(wrong, seen{backOffice + path, s.atOps("GET", "localhost", path), ""})
	}
	return wrong
}

// R43: whatever is typed is shown as it was typed, and is a text and nothing
// else: the page has the elements and attributes that it has for a plain word.
func TestWhatIsTypedStaysText(t *testing.T) {
	t.Parallel()
	s, _ := newGuarded(t)
	plain := s.typeEverywhere(t, "plain words")
	s.exec(t, "DELETE FROM sessions")
	for _, text := range hostile {
		for i, page := range s.typeEverywhere(t, text) {
			checkText(t, text, page, plain[i])
		}
		s.exec(t, "DELETE FROM sessions")
	}
}

func checkText(t *testing.T, text string, page, plain seen) {
	t.Helper()
	alike := page.shape() == plain.shape() || strings.HasPrefix(page.name, backOffice) // whose plots move on
	if page.StatusCode != plain.StatusCode || !alike {
		t.Errorf("%s: %q changes the page:\n%s\nwant\n%s", page.name, text, page.shape(), plain.shape())
	}
	for _, fault := range page.faults() {
		t.Errorf("%s: %q leaves %s", page.name, text, fault)
	}
	if page.shown != "" && !page.shows(text) {
		t.Errorf("%s: %q is not shown as it was typed", page.name, text)
	}
	if strings.Contains(page.body, text) && strings.ContainsAny(text, `<"'`) {
		t.Errorf("%s: %q stands there as it is", page.name, text)
	}
}

// R43: the same for what the shop's owner has put on the shelves.
func TestNamesOfThingsStayText(t *testing.T) {
	t.Parallel()
	s, _ := newGuarded(t)
	s.prune(t)
	pages := func(name string) (all []seen) {
		s.exec(t, "UPDATE products SET name = $1, description = $1", name)
		s.exec(t, "UPDATE categories SET name = $1", name)
		v := s.visitor(t)
		form := v.fill("mug", "pan")
		for _, path := range []string{"/", "/?category=desk", "/products/mug", "/cart", "/cart?added=mug&quantity=1", "/checkout", "/nowhere"} {
			all = append(all, seen{path, v.get(path), name})
		}
		s.exec(t, "UPDATE products SET price = price + 1 WHERE sku = 'mug'")
		stale := v.post("/checkout", form...).want(t, http.StatusConflict)
		order := v.post("/checkout", hiddenFields(t, stale)...).want(t, http.StatusSeeOther).Header.Get("Location")
		all = append(all, seen{"the changes", stale, name}, seen{"the order", v.get(order), name})
		s.exec(t, "UPDATE products SET stock = 3 WHERE sku = 'pan'") // as before
		return all
	}
	plain := pages("plain words")
	for _, text := range hostile {
		for i, page := range pages(text) {
			checkText(t, text, page, plain[i])
		}
	}
}

// R43: the rows that a visitor sees may come from an older program or from a
// hand that slipped, keys included.
func TestValuesOfForeignRowsStayText(t *testing.T) {
	t.Parallel()
	s, _ := newGuarded(t)
	for i, text := range hostile {
		key := string(encoded(t, text))
		data := `{"v":1,"deadline":"2099-01-01T00:00:00Z","values":{` + key + `:{` + key + `:` + key + `},"username":` + key + `,"theme":` + key + `}}`
		cookie := s.plant(t, strings.Repeat(string(rune('a'+i)), 43), data)
		for _, path := range []string{"/", "/session", "/nowhere"} {
			r := s.visitor(t).ask("GET", path, "", "Cookie", cookie)
			for _, fault := range r.faults() {
				t.Errorf("%s: %q leaves %s", path, text, fault)
			}
			if r.StatusCode >= http.StatusInternalServerError || !r.shows(text) {
				t.Errorf("%s: status %d, %q is not shown", path, r.StatusCode, text)
			}
		}
	}
	for _, fault := range through(s.ops(), "GET", "http://localhost/sessions").faults() {
		t.Errorf("the back office: %s", fault)
	}
}

func encoded(t *testing.T, text string) []byte {
	t.Helper()
	line, err := encode(text)
	if err != nil {
		t.Fatal(err)
	}
	return []byte(strings.TrimSpace(string(line)))
}

// R43: JSON is never taken for a page, whatever is in it.
func TestHostileTextInJSONIsNoPage(t *testing.T) {
	t.Parallel()
	s, _ := newGuarded(t)
	v := s.visitor(t)
	v.post("/cart/items", "sku", "mug")
	for _, text := range hostile {
		s.exec(t, "UPDATE products SET name = $1", text)
		for _, r := range []reply{v.getJSON("/cart"), v.postJSON("/cart/items/mug", "quantity", "1"), v.postJSON("/cart/items/mug", "quantity", text), v.getJSON("/" + url.PathEscape(text))} {
			if r.Header.Get("Content-Type") != jsonType || r.Header.Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("%s %s: %q, %q", r.Request.Method, r.Request.URL, r.Header.Get("Content-Type"), r.Header.Get("X-Content-Type-Options"))
			}
		}
		if got := v.cartJSON().Lines[0].Name; got != text {
			t.Errorf("a script reads %q, want %q", got, text)
		}
	}
}

// R43: what is no UTF-8 is refused in a form, and is nothing anywhere else.
func TestWhatIsNoUTF8IsRefused(t *testing.T) {
	t.Parallel()
	s, _ := newGuarded(t)
	v := s.visitor(t)
	v.settle()
	before := s.state(t, v)
	for _, bad := range []string{"%ff", "%c3%28", "%e2%82", "%ed%a0%80", "%f4%90%80%80", "%c0%80"} {
		for path, form := range fields(v) {
			for name := range form {
				v.ask("POST", path, form.Encode()+"&x="+bad).want(t, http.StatusBadRequest, "not UTF-8")
				v.ask("POST", path, name+"="+bad).want(t, http.StatusBadRequest, "not UTF-8")
				v.ask("POST", path, name+bad+"=x").want(t, http.StatusBadRequest, "not UTF-8")
			}
		}
		for path, status := range map[string]int{"/?q=": 200, "/?category=": 404, "/?page=": 404, "/?sort=": 200, "/" + bad: 404, "/products/" + bad: 404, "/orders/": 404, "/static/": 404, "/cart?added=": 200} {
			if r := v.get(path + bad); r.StatusCode != status || strings.ToValidUTF8(r.body, "") != r.body {
				t.Errorf("%s%s: status %d, want %d, in UTF-8", path, bad, r.StatusCode, status)
			}
		}
	}
	if after := s.state(t, v); after != before {
		t.Errorf("%s\nwas %s", after, before)
	}
}
