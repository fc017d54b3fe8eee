package inspector

import (
	"context"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"trolley/internal/store"
	"trolley/internal/web"
)

// ops is the second listener, for those who run the shop: the inspector,
// readiness, metrics and profiles. It is on loopback only and has no session.
func (ins *Inspector) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /{$}", http.RedirectHandler("/sessions", http.StatusSeeOther))
	mux.Handle("GET /sessions", ins.backOffice(ins.inspectSessions))
	mux.Handle("GET /sessions/events", ins.Outside(ins.events))
	mux.Handle("GET /sessions/{id}", ins.backOffice(ins.record))
	mux.Handle("POST /sessions/{id}/revoke", ins.backOffice(ins.revoke))
	mux.Handle("GET /plots", ins.backOffice(ins.plots))
	mux.Handle("GET /static/{name...}", ins.Outside(ins.ServeStatic))
	mux.HandleFunc("GET /readyz", ins.readyz)
	mux.Handle("GET /metrics", promhttp.HandlerFor(ins.Metrics.Registry, promhttp.HandlerOpts{}))
	addProfiles(mux)
	return web.Compressed(web.SecurityHeaders(ins.loopbackHost(ins.SameOrigin(mux)), false))
}

// troublePage is the data of ui/html/pages/trouble.html.
type troublePage struct {
	web.Page
	office
	Heading, Advice string
}

// backOffice runs a handler of a page for operators: within the time that a
// shopper's has, and with errors that lead back to the list.
func (ins *Inspector) backOffice(h web.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), web.HandleTimeout)
		defer cancel()
		r = r.WithContext(ctx)
		err := h(w, r)
		if err == nil {
			return
		}
		p := *ins.ProblemOf(err)
		if p.Status != http.StatusInternalServerError {
			base := ins.Bare(r)
			base.Title, base.NoIndex = p.Heading, true
			p.Page, p.Data = "trouble", troublePage{base, office{Now: time.Now(), Started: ins.Started}, p.Heading, p.Text}
		}
		ins.Refuse(w, r, &p)
	})
}

// loopbackHost refuses a page of another site that has its own name resolve to
// this machine (DNS rebinding): such a request names that site as its host.
func (ins *Inspector) loopbackHost(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.Host)
		if err != nil {
			host = r.Host
		}
		if !IsLoopback(host) {
			ins.Refuse(w, r, web.Misdirected())
			return
		}
		next.ServeHTTP(w, r)
	})
}

// readyz says whether to send visitors here: the database answers and the
// server is not stopping.
func (ins *Inspector) readyz(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	err := ins.store.Ping(r.Context())
	if err == nil && ins.Ready.Load() {
		_, _ = w.Write([]byte("ready\n"))
		return
	}
	if err != nil {
		ins.Log.ErrorContext(r.Context(), "not ready", "error", err)
	}
	h.Set("Retry-After", "2")
	w.WriteHeader(http.StatusServiceUnavailable)
	_, _ = w.Write([]byte("not ready\n"))
}

// isPostgres reports whether the database is PostgreSQL rather than SQLite.
func (ins *Inspector) isPostgres() bool { return ins.store.Engine() == store.Postgres }

// IsLoopback reports whether a host is this machine.
func IsLoopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}
