package main

import (
	"io/fs"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"golang.org/x/net/html"

	"trolley/ui"
)

var definition = regexp.MustCompile(`\{\{-? *(?:define|block) +"([^"]+)"[^}]*\}\}`)

// marked returns the files of the shop with a mark at the start of every
// template, and the marks.
func marked(t *testing.T) (files fstest.MapFS, marks []string) {
	t.Helper()
	files = make(fstest.MapFS)
	err := fs.WalkDir(ui.Files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(ui.Files, name)
		if strings.HasSuffix(name, ".html") {
			content = definition.ReplaceAllFunc(content, func(match []byte) []byte {
				mark := "[" + name + " " + string(definition.FindSubmatch(match)[1]) + "]"
				marks = append(marks, mark)
				return append(match[:len(match):len(match)], mark...)
			})
		}
		files[name] = &fstest.MapFile{Data: content}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files, marks
}

func TestEveryTemplateIsExecuted(t *testing.T) {
	t.Parallel()
	files, marks := marked(t)
	s := newShopFrom(t, files)
	v := s.visitor(t)
	var seen strings.Builder
	see := func(r reply) { seen.WriteString(r.body) }
	for _, path := range []string{"/", "/?q=nothing-like-it", "/products/mug", "/cart", "/session", "/nowhere"} {
		see(v.get(path))
	}
	v.post("/cart/items", "sku", "mug")
	see(v.get("/cart"))
	see(v.get("/session"))
	page := v.get("/checkout")
	see(page)
	form := hiddenFields(t, page)
	see(v.post("/checkout", form[:4]...).want(t, http.StatusUnprocessableEntity))
	s.exec(t, "UPDATE products SET price = price + 1")
	see(v.post("/checkout", form...).want(t, http.StatusConflict))
	see(v.get(v.post("/checkout", v.checkoutForm()...).Header.Get("Location")))
	v.post("/cart/items", "sku", "mug")
	see(v.get(v.post("/cart/clear").Header.Get("Location")))
	seen.WriteString(s.backOffice(t))
	for _, mark := range marks {
		if !strings.Contains(seen.String(), mark) && !strings.Contains(seen.String(), html.EscapeString(mark)) {
			t.Errorf("never executed: %s", mark)
		}
	}
	if len(marks) < 20 {
		t.Errorf("only %d templates were marked: does the pattern still find them?", len(marks))
	}
}

// backOffice returns the inspector's pages.
func (s *shop) backOffice(t *testing.T) string {
	t.Helper()
	s.inspector.catchUp()
	o := s.office(t)
	page := o.get("/sessions").want(t, http.StatusOK)
	return page.body + o.get(o.first(page)).body + o.get("/plots").body + o.get("/sessions/nobody-knows").body
}

func TestNoPageNeedsInlineCodeOrStyle(t *testing.T) {
	t.Parallel()
	v := newShop(t).visitor(t)
	v.post("/session/values", "key", "username", "value", "javascript:alert(1)")
	order := v.order("mug")
	v.post("/cart/items", "sku", "mug")
	for _, path := range []string{"/", "/products/mug", "/cart", "/checkout", order, "/session", "/nowhere"} {
		page := v.get(path).page()
		for n := range page.Descendants() {
			inline := (n.Data == "script" || n.Data == "style") && n.FirstChild != nil
			for _, a := range n.Attr {
				inline = inline || a.Key == "style" || strings.HasPrefix(a.Key, "on") || strings.HasPrefix(a.Val, "javascript:") && a.Key == "href"
			}
			if n.Type == html.ElementNode && inline {
				t.Errorf("%s: <%s> with code or style of its own", path, n.Data)
			}
		}
	}
}

func TestEveryPageHasItsBearings(t *testing.T) {
	t.Parallel()
	v := newShop(t).visitor(t)
	order := v.order("mug")
	v.post("/cart/items", "sku", "mug")
	for path, title := range map[string]string{
		"/": "Trolley", "/?category=desk": "Desk · Trolley", "/products/mug": "Enamel mug · Trolley", "/cart": "Your cart · Trolley",
		"/checkout": "Checkout · Trolley", "/session": "Your session · Trolley", "/nowhere": "Nothing on this shelf · Trolley",
		order: "Order " + strings.TrimPrefix(order, "/orders/") + " · Trolley",
	} {
		page := v.get(path)
		if got := page.element("title").FirstChild.Data; got != title {
			t.Errorf("%s: title %q, want %q", path, got, title)
		}
		if page.element("html", "lang", "en-GB") == nil || page.element("main") == nil || page.element("h1") == nil {
			t.Errorf("%s: no language, main or heading", path)
		}
		private := path != "/" && path != "/?category=desk" && path != "/products/mug"
		if hidden := page.element("meta", "name", "robots", "content", "noindex") != nil; hidden != private {
			t.Errorf("%s: noindex is %v", path, hidden)
		}
	}
}

func TestFunctionsOfTemplates(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 23, 12, 14, 5, 0, time.FixedZone("", 2*60*60))
	for _, tt := range []struct{ got, want string }{
		{rfc3339(at), "2026-11-23T10:14:05Z"},
		{rfc3339(time.Time{}), ""},
		{sitePath("cart", "items", "a/b?c"), "/cart/items/a%2Fb%3Fc"},
	} {
		if tt.got != tt.want {
			t.Errorf("%q, want %q", tt.got, tt.want)
		}
	}
}

func TestMistakeInATemplateStopsTheStart(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]string{
		"html/pages/bad.html": `{{define "main"}}{{.`, "html/partials/bad.html": `{{define "x"}}{{nofunction}}{{end}}`, "html/pages/error.html": `{{define "main"}}{{.Nothing}}{{end}}`,
	} {
		files, _ := marked(t)
		files[name] = &fstest.MapFile{Data: []byte(content)}
		s := newShop(t)
		if _, err := newApplication(s.options, s.store, files, s.log); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
