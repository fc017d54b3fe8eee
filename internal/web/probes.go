package web

import (
	"context"
	"net/http"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Readiness returns why no visitor should come to this node: in words that hold nothing
// private, and as the error for the log. "" says that one can come.
type Readiness func(context.Context) (reason string, err error)

// Unready is the Readiness of a node that no visitor should come to.
func Unready(reason string) Readiness {
	return func(context.Context) (string, error) { return reason, nil }
}

// SetReadiness has /readyz answer what f says.
func (s *Site) SetReadiness(f Readiness) { s.readiness.Store(&f) }

// Probes serves what balancers and monitors on other machines ask for, and nothing of a
// visitor. It has otherwise answer every other request.
func (s *Site) Probes(otherwise *Problem) http.Handler {
	mux := http.NewServeMux()
	s.AddProbes(mux)
	mux.HandleFunc("GET /healthz", s.Healthz)
	mux.Handle("/", s.always(otherwise))
	return s.Observe(Compressed(s.SecurityHeaders(mux, false)))
}

// AddProbes adds /metrics and /readyz.
func (s *Site) AddProbes(mux *http.ServeMux) {
	mux.Handle("GET /metrics", promhttp.HandlerFor(s.Metrics.Registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /readyz", s.readyz)
}

// Waiting serves the shop as long as its database is away.
func (s *Site) Waiting(overHTTPS bool) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", s.Healthz)
	mux.Handle("GET /static/{name...}", s.WithoutSession(s.ServeStatic))
	mux.Handle("/", s.always(Starting()))
	return s.Public(mux, overHTTPS)
}

func (s *Site) always(p *Problem) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := *p
		s.Answer(w, r, &answer, s.Bare(r))
	})
}

// Healthz says that the process answers and does not stop soon. Whether it can do its
// work is the business of /readyz.
func (s *Site) Healthz(w http.ResponseWriter, _ *http.Request) {
	if s.Draining.Load() {
		probe(w, http.StatusServiceUnavailable, "stopping")
		return
	}
	probe(w, http.StatusOK, "ok")
}

// readyz says whether to send visitors here: the database answers and can be written to,
// and the server neither starts nor stops.
func (s *Site) readyz(w http.ResponseWriter, r *http.Request) {
	reason, err := (*s.readiness.Load())(r.Context())
	if err != nil {
		s.Log.ErrorContext(r.Context(), "not ready", "error", err)
	}
	if reason == "" {
		probe(w, http.StatusOK, "ready")
		return
	}
	w.Header().Set("Retry-After", "2")
	probe(w, http.StatusServiceUnavailable, "not ready: "+reason)
}

// probe answers a monitor with a line.
func probe(w http.ResponseWriter, status int, line string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(line + "\n"))
}
