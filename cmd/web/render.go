package main

import (
	"bytes"
	"net/http"
	"net/url"
	"sync"
)

// render writes a page. It executes the template into memory first, so that
// there is never half a page.
func (app *application) render(w http.ResponseWriter, name string, data framed) error {
	b := pages.Get().(*bytes.Buffer)
	defer pages.Put(b)
	b.Reset()
	if err := app.templates.write(b, name, data); err != nil {
		return err
	}
	w.Header().Set("Content-Type", htmlType)
	_, err := w.Write(b.Bytes())
	return err
}

// pages is memory for the next pages.
var pages = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// seeOther sends the browser to a page after a POST (RFC 9110, section
// 15.4.4): reloading that page repeats nothing. to is a path of ours, never
// something that was sent to us.
func seeOther(w http.ResponseWriter, to string) error {
	w.Header().Set("Location", to)
	w.WriteHeader(http.StatusSeeOther)
	return nil
}

// address returns a path of ours with a query, if there is one.
func address(path string, query url.Values) string {
	if len(query) == 0 {
		return path
	}
	return path + "?" + query.Encode()
}
