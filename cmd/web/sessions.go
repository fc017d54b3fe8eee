package main

import "net/http"

// withSession gives next the session of each request.
func (app *application) withSession(next http.Handler) http.Handler {
	return app.sessions.Handler(next)
}
