package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"trolley/internal/web"
	"trolley/test/shoptest"
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
}

const backOffice = "the back office: "

// R43: whatever is typed is shown as it was typed, and is a text and nothing
// else: the page has the elements and attributes that it has for a plain word.
func TestWhatIsTypedStaysText(t *testing.T) {
	t.Parallel()
	s, _ := newGuarded(t)
	plain := typeEverywhere(t, s, "plain words")
	s.Exec(t, "DELETE FROM sessions")
	for _, text := range hostile {
		for i, page := range typeEverywhere(t, s, text) {
			checkText(t, text, page, plain[i])
		}
		s.Exec(t, "DELETE FROM sessions")
	}
}

func checkText(t *testing.T, text string, page, plain seen) {
	t.Helper()
	alike := shape(page.Reply) == shape(plain.Reply) || strings.HasPrefix(page.name, backOffice) // whose plots move on
	if page.StatusCode != plain.StatusCode || !alike {
		t.Errorf("%s: %q changes the page:\n%s\nwant\n%s", page.name, text, shape(page.Reply), shape(plain.Reply))
	}
	for _, fault := range faults(page.Reply) {
		t.Errorf("%s: %q leaves %s", page.name, text, fault)
	}
	if page.shown != "" && !shows(page.Reply, text) {
		t.Errorf("%s: %q is not shown as it was typed", page.name, text)
	}
	if strings.Contains(page.Body, text) && strings.ContainsAny(text, `<"'`) {
		t.Errorf("%s: %q stands there as it is", page.name, text)
	}
}

// R43: the same for what the shop's owner has put on the shelves.
func TestNamesOfThingsStayText(t *testing.T) {
	t.Parallel()
	s, _ := newGuarded(t)
	prune(t, s)
	pages := func(name string) (all []seen) {
		s.Exec(t, "UPDATE products SET name = $1, description = $1", name)
		s.Exec(t, "UPDATE categories SET name = $1", name)
		v := s.Visitor(t)
		form := v.Fill("mug", "pan")
		for _, path := range []string{"/", "/?category=desk", "/products/mug", "/cart", "/cart?added=mug&quantity=1", "/checkout", "/nowhere"} {
			all = append(all, seen{path, v.Get(path), name})
		}
		s.Exec(t, "UPDATE products SET price = price + 1 WHERE sku = 'mug'")
		stale := v.Post("/checkout", form...).Want(t, http.StatusConflict)
		order := v.Post("/checkout", shoptest.HiddenFields(t, stale)...).Want(t, http.StatusSeeOther).Header.Get("Location")
		all = append(all, seen{"the changes", stale, name}, seen{"the order", v.Get(order), name})
		s.Exec(t, "UPDATE products SET stock = 3 WHERE sku = 'pan'") // as before
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
		cookie := plant(t, s, strings.Repeat(string(rune('a'+i)), 43), data)
		for _, path := range []string{"/", "/session", "/nowhere"} {
			r := s.Visitor(t).Ask("GET", path, "", "Cookie", cookie)
			for _, fault := range faults(r) {
				t.Errorf("%s: %q leaves %s", path, text, fault)
			}
			if r.StatusCode >= http.StatusInternalServerError || !shows(r, text) {
				t.Errorf("%s: status %d, %q is not shown", path, r.StatusCode, text)
			}
		}
	}
	for _, fault := range faults(shoptest.Through(s.Ops, "GET", "http://localhost/sessions")) {
		t.Errorf("the back office: %s", fault)
	}
}

func encoded(t *testing.T, text string) []byte {
	t.Helper()
	var line bytes.Buffer
	e := json.NewEncoder(&line)
	e.SetEscapeHTML(false)
	if err := e.Encode(text); err != nil {
		t.Fatal(err)
	}
	return bytes.TrimSpace(line.Bytes())
}

// R43: JSON is never taken for a page, whatever is in it.
func TestHostileTextInJSONIsNoPage(t *testing.T) {
	t.Parallel()
	s, _ := newGuarded(t)
	v := s.Visitor(t)
	v.Post("/cart/items", "sku", "mug")
	for _, text := range hostile {
		s.Exec(t, "UPDATE products SET name = $1", text)
		for _, r := range []shoptest.Reply{v.GetJSON("/cart"), v.PostJSON("/cart/items/mug", "quantity", "1"), v.PostJSON("/cart/items/mug", "quantity", text), v.GetJSON("/" + url.PathEscape(text))} {
			if r.Header.Get("Content-Type") != web.JSONType || r.Header.Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("%s %s: %q, %q", r.Request.Method, r.Request.URL, r.Header.Get("Content-Type"), r.Header.Get("X-Content-Type-Options"))
			}
		}
		if got := v.CartJSON().Lines[0].Name; got != text {
			t.Errorf("a script reads %q, want %q", got, text)
		}
	}
}

// R43: what is no UTF-8 is refused in a form, and is nothing anywhere else.
func TestWhatIsNoUTF8IsRefused(t *testing.T) {
	t.Parallel()
	s, _ := newGuarded(t)
	v := s.Visitor(t)
	v.Settle()
	before := state(t, s, v)
	for _, bad := range []string{"%ff", "%c3%28", "%e2%82", "%ed%a0%80", "%f4%90%80%80", "%c0%80"} {
		for path, form := range fields(v) {
			for name := range form {
				v.Ask("POST", path, form.Encode()+"&x="+bad).Want(t, http.StatusBadRequest, "not UTF-8")
				v.Ask("POST", path, name+"="+bad).Want(t, http.StatusBadRequest, "not UTF-8")
				v.Ask("POST", path, name+bad+"=x").Want(t, http.StatusBadRequest, "not UTF-8")
			}
		}
		for path, status := range map[string]int{"/?q=": 200, "/?category=": 404, "/?page=": 404, "/?sort=": 200, "/" + bad: 404, "/products/" + bad: 404, "/orders/": 404, "/static/": 404, "/cart?added=": 200} {
			if r := v.Get(path + bad); r.StatusCode != status || strings.ToValidUTF8(r.Body, "") != r.Body {
				t.Errorf("%s%s: status %d, want %d, in UTF-8", path, bad, r.StatusCode, status)
			}
		}
	}
	if after := state(t, s, v); after != before {
		t.Errorf("%s\nwas %s", after, before)
	}
}
