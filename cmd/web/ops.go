package main

import (
	"context"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// ops is the second listener, for those who run the shop: the inspector,
// readiness, metrics and profiles. It is on loopback only and has no session.
func (app *application) ops() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /{$}", http.RedirectHandler("/sessions", http.StatusSeeOther))
	mux.Handle("GET /sessions", app.backOffice(app.inspectSessions))
	mux.Handle("GET /sessions/events", app.outside(app.events))
	mux.Handle("GET /sessions/{id}", app.backOffice(app.record))
	mux.Handle("POST /sessions/{id}/revoke", app.backOffice(app.revoke))
	mux.Handle("GET /plots", app.backOffice(app.plots))
	mux.Handle("GET /static/{name...}", app.outside(app.serveStatic))
	mux.HandleFunc("GET /readyz", app.readyz)
	mux.Handle("GET /metrics", promhttp.HandlerFor(app.metrics.registry, promhttp.HandlerOpts{}))
	addProfiles(mux)
	return compressed(securityHeaders(app.loopbackHost(app.sameOrigin(mux)), false))
}

// troublePage is the data of ui/html/pages/trouble.html.
type troublePage struct {
	page
	office
	Heading, Advice string
}

// backOffice runs a handler of a page for operators: within the time that a
// shopper's has, and with errors that lead back to the list.
func (app *application) backOffice(h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), handleTimeout)
		defer cancel()
		r = r.WithContext(ctx)
		err := h(w, r)
		if err == nil {
			return
		}
		p := *problemOf(err)
		if p.status != http.StatusInternalServerError {
			base := app.bare(r)
			base.Title, base.NoIndex = p.heading, true
			p.page, p.data = "trouble", troublePage{base, office{Now: time.Now(), Started: app.Started}, p.heading, p.text}
		}
		app.refuse(w, r, &p)
	})
}

// loopbackHost refuses a page of another site that has its own name resolve to
// this machine (DNS rebinding): such a request names that site as its host.
func (app *application) loopbackHost(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.Host)
		if err != nil {
			host = r.Host
		}
		if !isLoopback(host) {
			app.refuse(w, r, misdirected())
			return
		}
		next.ServeHTTP(w, r)
	})
}

// readyz says whether to send visitors here: the database answers and the
// server is not stopping.
func (app *application) readyz(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	err := app.store.Ping(r.Context())
	if err == nil && app.ready.Load() {
		_, _ = w.Write([]byte("ready\n"))
		return
	}
	if err != nil {
		app.log.ErrorContext(r.Context(), "not ready", "error", err)
	}
	h.Set("Retry-After", "2")
	w.WriteHeader(http.StatusServiceUnavailable)
	_, _ = w.Write([]byte("not ready\n"))
}
