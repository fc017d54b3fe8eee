package web

import (
	"bytes"
	"cmp"
	"html/template"
	"net/http"
	"net/url"
)

// Composed is the data of a page whose content is HTML already.
type Composed struct {
	Page
	Content []template.HTML
}

// Add adds a part of the content. Err keeps the first error.
func (c *Composed) Add(part template.HTML, err error) {
	c.Content, c.Err = append(c.Content, part), cmp.Or(c.Err, err)
}

// Render writes a page. It is in memory before any of it is sent, so that there
// is never half a page.
func (s *Site) Render(w http.ResponseWriter, name string, data paged) error {
	b := buffers.Get().(*bytes.Buffer)
	defer buffers.Put(b)
	b.Reset()
	if err := s.render(b, name, data); err != nil {
		return err
	}
	w.Header().Set("Content-Type", HTMLType)
	_, err := w.Write(b.Bytes())
	return err
}

// render puts a page of the shop together: what stands before the content, the
// content, and what stands after it.
func (s *Site) render(b *bytes.Buffer, name string, data paged) error {
	p := data.around()
	if p.Err != nil {
		return p.Err
	}
	if p.Office {
		return s.templates.execute(b, name, "base", data)
	}
	if err := s.before(b, name, p); err != nil {
		return err
	}
	if c, ok := data.(Composed); ok {
		for _, part := range c.Content {
			b.WriteString(string(part))
		}
	} else if err := s.templates.execute(b, name, "main", data); err != nil {
		return err
	}
	after, err := s.Fragment(name, "end", p.Theme)
	b.WriteString(string(after))
	return err
}

// before writes what stands before the content: all that many visitors share, the
// greeting, and the link to the cart.
func (s *Site) before(b *bytes.Buffer, name string, p Page) error {
	var err error
	if p.Shelves, err = s.shelfLinks(p.Categories, p.Shelf); err != nil {
		return err
	}
	start, err := s.Part(name, "before", p.Head, p.Query == "")
	if err != nil {
		return err
	}
	b.WriteString(string(start))
	if p.Username != "" {
		if err := s.templates.execute(b, name, "hello", p.Username); err != nil {
			return err
		}
	}
	if p.Account != "" {
		if err := s.templates.execute(b, name, "member", p.Account); err != nil {
			return err
		}
	}
	link, err := s.Fragment(name, "to-cart", cartLink{p.CartQuantity, p.Path == "/cart"})
	if err != nil {
		return err
	}
	b.WriteString(string(link))
	template.HTMLEscape(b, []byte(p.CartLines)) // hardly two visitors have the same lines
	main, err := s.Fragment(name, "main-start", nil)
	b.WriteString(string(main))
	return err
}

// SeeOther sends the browser to a page after a POST (RFC 9110, section
// 15.4.4): reloading that page repeats nothing. to is a path of ours, never
// something that was sent to us.
func SeeOther(w http.ResponseWriter, to string) error {
	w.Header().Set("Location", to)
	w.WriteHeader(http.StatusSeeOther)
	return nil
}

// Address returns a path of ours with a query, if there is one.
func Address(path string, query url.Values) string {
	if len(query) == 0 {
		return path
	}
	return path + "?" + query.Encode()
}

// Handler serves a request or returns an error, which becomes a page. It
// writes nothing where it returns an error.
type Handler func(http.ResponseWriter, *http.Request) error

// WithoutSession runs a handler that has no session.
func (s *Site) WithoutSession(h Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := h(w, r); err != nil {
			s.Refuse(w, r, err)
		}
	})
}
