package web

import (
	"bytes"
	"net/http"
	"net/url"
	"sync"
)

// Render writes a page. It executes the template into memory first, so that
// there is never half a page.
func (s *Site) Render(w http.ResponseWriter, name string, data framed) error {
	b := pages.Get().(*bytes.Buffer)
	defer pages.Put(b)
	b.Reset()
	if err := s.Templates.write(b, name, data); err != nil {
		return err
	}
	w.Header().Set("Content-Type", HTMLType)
	_, err := w.Write(b.Bytes())
	return err
}

// pages is memory for the next pages.
var pages = sync.Pool{New: func() any { return new(bytes.Buffer) }}

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

// Outside runs a handler that has no session.
func (s *Site) Outside(h Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := h(w, r); err != nil {
			s.Refuse(w, r, err)
		}
	})
}
