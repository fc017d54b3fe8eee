package main

import (
	"net/http"
	"net/url"
)

// render writes a page. It executes the template into memory first, so that
// there is never half a page.
func (app *application) render(w http.ResponseWriter, name string, data framed) error {
	body, err := app.templates.execute(name, data)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", htmlType)
	_, err = w.Write(body)
	return err
}

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
