//go:build !stock

package main

import "net/http"

// withSession gives next the session of each request. The build tag "stock"
// puts scs's own LoadAndSave in its place, to be measured against.
func (app *application) withSession(next http.Handler) http.Handler {
	return app.sessions.Handler(next)
}
