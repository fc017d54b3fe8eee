package web

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html/template"
	"io/fs"
	"net/url"
	"path"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/dustin/go-humanize"

	"trolley/internal/cart"
	"trolley/internal/locale"
)

// templates holds the pages by name, each with the base and every partial.
type templates map[string]*template.Template

// newTemplates parses html/base.html, html/partials and every page of
// html/pages, and fails where one of them does.
func newTemplates(files fs.FS, functions template.FuncMap) (templates, error) {
	shared, err := template.New("base").Funcs(functions).Option("missingkey=error").
		ParseFS(files, "html/base.html", "html/partials/*.html")
	if err != nil {
		return nil, fmt.Errorf("templates: %w", err)
	}
	names, err := fs.Glob(files, "html/pages/*.html")
	if err != nil {
		return nil, fmt.Errorf("templates: %w", err)
	}
	pages := make(templates, len(names))
	for _, name := range names {
		page, err := template.Must(shared.Clone()).ParseFS(files, name)
		if err != nil {
			return nil, fmt.Errorf("templates: %w", err)
		}
		pages[strings.TrimSuffix(path.Base(name), ".html")] = page
	}
	return pages, nil
}

// execute renders a part of a page, which is valid UTF-8 whatever the database holds.
func (t templates) execute(b *bytes.Buffer, page, part string, data any) error {
	found, ok := t[page]
	if !ok {
		return fmt.Errorf("templates: no page %q", page)
	}
	start := b.Len()
	if err := found.ExecuteTemplate(b, part, data); err != nil {
		return fmt.Errorf("templates: %w", err)
	}
	if text := b.Bytes()[start:]; !utf8.Valid(text) {
		text = bytes.ToValidUTF8(text, []byte("\uFFFD")) // a copy
		b.Truncate(start)
		b.Write(text)
	}
	return nil
}

// buffers are memory for the next pages.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// Content renders a part of a page for this one answer, such as what a visitor typed.
func (s *Site) Content(page, part string, data any) (template.HTML, error) {
	b := buffers.Get().(*bytes.Buffer)
	defer buffers.Put(b)
	b.Reset()
	err := s.templates.execute(b, page, part, data)
	return template.HTML(b.String()), err
}

// Fragment renders a part of a page once for all who get the same. The template
// gets data and nothing else: it must be comparable and hold no text that a
// visitor typed. In place of a slice it carries the HTML of its parts.
func (s *Site) Fragment(page, part string, data any) (template.HTML, error) {
	return s.memo.get(memoKey{page, part, data}, func() (template.HTML, error) { return s.Content(page, part, data) })
}

// Part is Fragment where visitors share the part, and Content where its data holds what
// one of them typed.
func (s *Site) Part(page, part string, data any, shared bool) (template.HTML, error) {
	if shared {
		return s.Fragment(page, part, data)
	}
	return s.Content(page, part, data)
}

// List is Fragments, joined once for all who get the same list. The list itself is
// the key, not its items: it must never change, and be kept by a cache.
func List[T any](s *Site, page, part string, items []T) (template.HTML, error) {
	return s.memo.get(memoKey{page, part, keyOf(items)}, func() (template.HTML, error) { return Fragments(s, page, part, items) })
}

// sliceKey names a slice that never changes. What is kept under it keeps the slice, so
// that no other one gets its address.
type sliceKey[T any] struct {
	first *T
	n     int
}

func keyOf[T any](items []T) sliceKey[T] {
	if len(items) == 0 {
		return sliceKey[T]{}
	}
	return sliceKey[T]{&items[0], len(items)}
}

// Fragments returns the Fragment of every one of items, joined.
func Fragments[T any](s *Site, page, part string, items []T) (template.HTML, error) {
	var b strings.Builder
	for _, item := range items {
		html, err := s.Fragment(page, part, item)
		if err != nil {
			return "", err
		}
		b.WriteString(string(html))
	}
	return template.HTML(b.String()), nil
}

// functions are what templates can call.
func (s *Site) functions() template.FuncMap {
	return template.FuncMap{
		"static":  s.Static.URL,
		"tile":    s.Static.tile,
		"money":   cart.Money.String,
		"decimal": cart.Money.Decimal,
		"lang":    locale.Tag,
		"number":  locale.Number,
		"plural":  locale.Plural,
		"date":    locale.Time,
		"clock":   locale.Clock,
		"rfc3339": rfc3339,
		"path":    SitePath,
		"pretty":  Pretty,
		"since":   Since,
		"left":    Left,
		"size":    func(bytes int) string { return humanize.IBytes(uint64(bytes)) },

		"currency": func() string { return cart.Currency },
		"notice":   func() string { return s.Notice },
	}
}

// Pretty returns JSON as people read it, and any other text unchanged.
func Pretty(data []byte) string {
	var b bytes.Buffer
	if json.Indent(&b, data, "", "  ") != nil {
		return string(data)
	}
	return b.String()
}

// rfc3339 returns a time as programs read it.
func rfc3339(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// SitePath joins segments to a path of this site: SitePath("cart", "items",
// sku). Each segment is escaped.
func SitePath(segments ...any) string {
	var b strings.Builder
	for _, s := range segments {
		b.WriteString("/" + url.PathEscape(fmt.Sprint(s)))
	}
	return b.String()
}
