package web

import (
	"bytes"
	"fmt"
	"html/template"
	"io/fs"
	"net/url"
	"path"
	"strings"
	"time"

	"trolley/internal/cart"
	"trolley/internal/locale"
)

// templates holds the pages by name, each with the base and every partial.
type templates struct {
	pages  map[string]*template.Template
	frames *frames
}

// newTemplates parses html/base.html, html/partials and every page of
// html/pages, and fails where one of them does.
func newTemplates(files fs.FS, functions template.FuncMap) (*templates, error) {
	shared, err := template.New("base").Funcs(functions).Option("missingkey=error").
		ParseFS(files, "html/base.html", "html/partials/*.html")
	if err != nil {
		return nil, fmt.Errorf("templates: %w", err)
	}
	names, err := fs.Glob(files, "html/pages/*.html")
	if err != nil {
		return nil, fmt.Errorf("templates: %w", err)
	}
	t := &templates{pages: make(map[string]*template.Template, len(names)), frames: newFrames()}
	for _, name := range names {
		page, err := template.Must(shared.Clone()).ParseFS(files, name)
		if err != nil {
			return nil, fmt.Errorf("templates: %w", err)
		}
		short := strings.TrimSuffix(path.Base(name), ".html")
		t.pages[short] = page
		if err := t.frames.note(short, files, name); err != nil {
			return nil, fmt.Errorf("templates: %w", err)
		}
	}
	return t, nil
}

// Fragment renders a part of a page, for that page to include as it is.
func (t *templates) Fragment(name, part string, data any) (template.HTML, error) {
	rendered, err := t.part(name, part, data)
	return template.HTML(rendered), err
}

func (t *templates) part(name, part string, data any) ([]byte, error) {
	var b bytes.Buffer
	err := t.writePart(&b, name, part, data)
	return b.Bytes(), err
}

func (t *templates) writePart(b *bytes.Buffer, name, part string, data any) error {
	page, ok := t.pages[name]
	if !ok {
		return fmt.Errorf("templates: no page %q", name)
	}
	if err := page.ExecuteTemplate(b, part, data); err != nil {
		return fmt.Errorf("templates: %w", err)
	}
	return nil
}

// functions are what templates can call.
func (s *Site) functions() template.FuncMap {
	return template.FuncMap{
		"static":  s.Static.URL,
		"tile":    s.Static.Tile,
		"money":   s.Money.format,
		"decimal": s.Money.decimal,
		"lang":    locale.Tag,
		"number":  locale.Number,
		"plural":  locale.Plural,
		"date":    locale.Time,
		"clock":   locale.Clock,
		"rfc3339": rfc3339,
		"path":    SitePath,
		"mark":    mark,

		"since": Since,
		"left":  Left,
		"size":  size,

		"availability": availability,
		"currency":     func() string { return cart.Currency },
	}
}

// rfc3339 returns a time as programs read it.
func rfc3339(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// SitePath joins segments to a path of this site: sitePath("cart", "items",
// sku). Each segment is escaped.
func SitePath(segments ...any) string {
	var b strings.Builder
	for _, s := range segments {
		b.WriteString("/" + url.PathEscape(fmt.Sprint(s)))
	}
	return b.String()
}

// availability returns the term of https://schema.org/ItemAvailability for a
// product.
func availability(p cart.Product) string {
	switch {
	case p.Withdrawn:
		return "https://schema.org/Discontinued"
	case p.Stock == 0:
		return "https://schema.org/OutOfStock"
	}
	return "https://schema.org/InStock"
}
