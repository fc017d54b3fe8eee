package main

import (
	"io/fs"
	"iter"
	"maps"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"golang.org/x/net/html"

	"trolley/test/shoptest"
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
	s := shoptest.NewFrom(t, files, withInspector, func(o *shoptest.Settings) {
		o.History = func(string) iter.Seq2[time.Time, string] {
			return maps.All(map[time.Time]string{time.Now(): "a change"})
		}
	})
	v := s.Visitor(t)
	var seen strings.Builder
	see := func(r shoptest.Reply) { seen.WriteString(r.Body) }
	for _, path := range []string{"/", "/?q=nothing-like-it", "/?category=kitchen", "/products/mug", "/cart", "/session", "/nowhere"} {
		see(v.Get(path))
	}
	v.Post("/cart/items", "sku", "mug")
	see(v.Get("/cart"))
	v.Post("/session/values", "key", "username", "value", "Ada")
	see(v.Get("/session"))
	page := v.Get("/checkout")
	see(page)
	form := shoptest.HiddenFields(t, page)
	see(v.Post("/checkout", form[:4]...).Want(t, http.StatusUnprocessableEntity))
	s.Exec(t, "UPDATE products SET price = price + 1")
	see(v.Post("/checkout", form...).Want(t, http.StatusConflict))
	see(v.Get(v.Post("/checkout", v.CheckoutForm()...).Header.Get("Location")))
	see(v.Get("/orders"))
	v.Post("/cart/items", "sku", "mug")
	see(v.Get(v.Post("/cart/clear").Header.Get("Location")))
	see(v.Get("/account/new"))
	v.Post("/account/new", "email", "ada@example.com", "password", "a sieve, two mugs").Want(t, http.StatusSeeOther)
	for _, path := range []string{"/account", "/account/devices", "/account/erase"} {
		see(v.Get(path).Want(t, http.StatusOK))
	}
	v.Post("/cart/items", "sku", "mug")
	guest := s.Visitor(t)
	guest.Post("/cart/items", "sku", "mug")
	guest.Post("/account/login", "email", "ada@example.com", "password", "a sieve, two mugs").WantRedirect(t, "/cart")
	see(guest.Get("/cart"))
	seen.WriteString(officePages(t, s))
	for _, mark := range marks {
		if !strings.Contains(seen.String(), mark) && !strings.Contains(seen.String(), html.EscapeString(mark)) {
			t.Errorf("never executed: %s", mark)
		}
	}
	if len(marks) < 20 {
		t.Errorf("only %d templates were marked: does the pattern still find them?", len(marks))
	}
}

func TestNoPageNeedsInlineCodeOrStyle(t *testing.T) {
	t.Parallel()
	v := shoptest.New(t, withInspector).Visitor(t)
	v.Post("/session/values", "key", "username", "value", "javascript:alert(1)")
	order := v.Order("mug")
	v.Post("/cart/items", "sku", "mug")
	for _, path := range []string{"/", "/products/mug", "/cart", "/checkout", order, "/session", "/nowhere"} {
		page := v.Get(path).Page()
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
	v := shoptest.New(t, withInspector).Visitor(t)
	order := v.Order("mug")
	v.Post("/cart/items", "sku", "mug")
	for path, title := range map[string]string{
		"/": "Trolley", "/?category=desk": "Desk · Trolley", "/products/mug": "Enamel mug · Trolley", "/cart": "Your cart · Trolley",
		"/checkout": "Checkout · Trolley", "/session": "What this shop remembers about you · Trolley", "/nowhere": "Nothing on this shelf · Trolley",
		order: "Order " + strings.TrimPrefix(order, "/orders/") + " · Trolley",
	} {
		page := v.Get(path)
		if got := page.Element("title").FirstChild.Data; got != title {
			t.Errorf("%s: title %q, want %q", path, got, title)
		}
		if page.Element("html", "lang", "en-GB") == nil || page.Element("main") == nil || page.Element("h1") == nil {
			t.Errorf("%s: no language, main or heading", path)
		}
		private := path != "/" && path != "/?category=desk" && path != "/products/mug"
		if hidden := page.Element("meta", "name", "robots", "content", "noindex") != nil; hidden != private {
			t.Errorf("%s: noindex is %v", path, hidden)
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
		s := shoptest.New(t, withInspector)
		s.Settings.Files = files
		if _, err := shoptest.TryAssemble(s.Store, s.Settings); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// officePages returns the inspector's pages.
func officePages(t *testing.T, s *shoptest.Shop) string {
	t.Helper()
	o := s.Office(t)
	page := o.Get("/sessions").Want(t, http.StatusOK)
	return page.Body + o.Get("/sessions/"+shortNames.FindStringSubmatch(page.Body)[1]).Body + o.Get("/plots").Body + o.Get("/sessions/nobody-knows").Body +
		o.Get("/orders").Body + o.Get("/orders/"+numbers.FindStringSubmatch(o.Get("/orders").Body)[1]).Body + o.Get("/stock").Body +
		o.Get("/debug/pprof/").Body + s.AtOps("GET", "localhost", "/metrics", "Accept", "text/html").Body
}

var numbers = regexp.MustCompile(`href="/orders/([^"?]+)"`)

var shortNames = regexp.MustCompile(`data-part="row-([^"]+)"`)

// A browser draws a page while it reads it: what depends on a later sibling moves when
// that arrives.
func TestNothingMovesWhenItsSiblingArrives(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"static/app.css", "static/inspector.css"} {
		css, err := fs.ReadFile(ui.Files, name)
		if rule := regexp.MustCompile(`.*:has\(\s*[~+].*`).Find(css); err != nil || rule != nil {
			t.Errorf("%s: %v, %s", name, err, rule)
		}
	}
}
