package inspector

import (
	"cmp"
	"context"
	"net"
	"net/http"
	"net/http/pprof"
	"strings"
	"time"

	"trolley/internal/store"
	"trolley/internal/web"
)

// Handler is the second listener, for those who run the shop: the inspector,
// readiness, metrics and profiles. It answers on loopback only and has no session.
func (ins *Inspector) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /{$}", http.RedirectHandler("/sessions", http.StatusSeeOther))
	mux.Handle("GET /enter", ins.backOffice(ins.enter))
	mux.Handle("GET /sessions", ins.backOffice(ins.list))
	mux.Handle("GET /sessions/events", ins.WithoutSession(ins.events))
	mux.Handle("GET /sessions/{id}", ins.backOffice(ins.record))
	mux.Handle("POST /sessions/{id}/revoke", ins.backOffice(ins.revoke))
	mux.Handle("GET /orders", ins.backOffice(ins.orders))
	mux.Handle("GET /orders/{number}", ins.backOffice(ins.order))
	mux.Handle("GET /stock", ins.backOffice(ins.stock))
	mux.Handle("GET /plots", ins.backOffice(ins.plots))
	mux.Handle("GET /static/{name...}", ins.WithoutSession(ins.ServeStatic))
	probes := http.NewServeMux()
	ins.AddProbes(probes)
	mux.Handle("GET /readyz", ins.framed("Readiness", probes))
	mux.Handle("GET /metrics", ins.framed("Metrics", probes))
	mux.Handle("GET /debug/pprof/{$}", ins.backOffice(ins.profiles))
	mux.HandleFunc("GET /debug/pprof/{name}", ins.profile)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	pages := ins.gate(web.OrElse(mux, ins.noPage))
	return ins.ObserveStreams(web.Compressed(ins.SecurityHeaders(ins.loopbackHost(ins.OwnPages(ins.SameOrigin(pages))), false)))
}

// troublePage is the data of ui/html/pages/trouble.html.
type troublePage struct {
	page
	Heading, Advice string
}

// backOffice runs a handler of a page for operators: within the time that a
// shopper's has, and with errors that lead back to the list.
func (ins *Inspector) backOffice(h web.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), web.HandleTimeout)
		defer cancel()
		r = r.WithContext(ctx)
		w.Header().Set("Cache-Control", "no-store")
		err := h(w, r)
		if err == nil {
			return
		}
		p := *ins.ProblemOf(err)
		if p.Status != http.StatusInternalServerError {
			p.Page, p.Data = "trouble", troublePage{ins.page(r, p.Heading), p.Heading, p.Text}
		}
		ins.Refuse(w, r, &p)
	})
}

// noPage answers for an address or a method that the back office does not have.
func (ins *Inspector) noPage(w http.ResponseWriter, r *http.Request, p *web.Problem) {
	p.Heading, p.Text = "No such page", "There may be a typo in the address. The list shows all live sessions."
	ins.backOffice(func(http.ResponseWriter, *http.Request) error { return p }).ServeHTTP(w, r)
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

// tryWrite returns why the database cannot be written to, within the time that a
// shopper's write has. The cache keeps the answer, so it is no error of tryWrite.
func (ins *Inspector) tryWrite(ctx context.Context, _ struct{}) (failed, err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	return ins.store.CheckWrite(ctx), nil
}

// Readiness is a [web.Readiness]: the database answers and can be written to.
func (ins *Inspector) Readiness(ctx context.Context) (reason string, err error) {
	if err = ins.store.Ping(ctx); err == nil {
		failed, ended := ins.writable.Get(ctx, struct{}{})
		err = cmp.Or(failed, ended)
	}
	return store.NotReady(err), err
}

// isPostgres reports whether the database is PostgreSQL rather than SQLite.
func (ins *Inspector) isPostgres() bool { return ins.store.Engine() == store.Postgres }

// IsLoopback reports whether a host is this machine.
func IsLoopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}
