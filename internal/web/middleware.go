package web

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"
	"regexp"
	"runtime/debug"
	"time"
)

type requestIDKey struct{}

// RequestID names a request in the log and on error pages.
func RequestID(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey{}).(string)
	return id
}

// Observe gives each request an id and a deadline, logs and counts it, and
// answers for a handler that panics: nothing has been sent by then, and no
// session stored.
//
// The deadline ends what a handler waits for. The server's own WriteTimeout only
// closes the connection: the handler would run on in vain.
func (s *Site) Observe(next http.Handler) http.Handler { return s.observe(HandleTimeout, next) }

// ObserveStreams is Observe for handlers some of which stream: it sets no deadline.
func (s *Site) ObserveStreams(next http.Handler) http.Handler { return s.observe(0, next) }

func (s *Site) observe(timeout time.Duration, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		started := time.Now()
		seen := &statusRecorder{ResponseWriter: w}
		id := s.requestID(r)
		ctx := context.WithValue(r.Context(), requestIDKey{}, id)
		w.Header().Set("X-Request-Id", id)
		if s.Draining.Load() {
			w.Header().Set("Connection", "close")
		}
		s.tell(r, s.Log)
		if timeout > 0 {
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(ctx, timeout)
			defer cancel()
		}
		r = r.WithContext(ctx) // the only copy: further in, the mux notes the route on it
		defer func() {
			if p := recover(); p != nil {
				s.panicked(seen, r, p)
			}
			s.Metrics.observe(r, seen.status, time.Since(started))
			s.logRequest(r, seen.status, time.Since(started))
		}()
		next.ServeHTTP(seen, r)
	})
}

// requestID is that of a trusted proxy, or a new one.
func (s *Site) requestID(r *http.Request) string {
	if id := r.Header.Get("X-Request-Id"); proxyRequestID.MatchString(id) && s.Trust(Peer(r.RemoteAddr)) {
		return id
	}
	return rand.Text()[:12]
}

var proxyRequestID = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

func (s *Site) logRequest(r *http.Request, status int, took time.Duration) {
	level := slog.LevelDebug
	if s.AccessLog {
		level = slog.LevelInfo
	}
	if s.Log.Enabled(r.Context(), level) {
		s.Log.LogAttrs(r.Context(), level, "request", slog.String("request", RequestID(r.Context())),
			slog.String("client", s.Client(r).String()), slog.String("method", r.Method), slog.String("path", r.URL.Path),
			slog.Int("status", status), slog.Duration("took", took))
	}
}

func (s *Site) panicked(w *statusRecorder, r *http.Request, p any) {
	if p == http.ErrAbortHandler {
		panic(p)
	}
	s.Metrics.panics.Inc()
	s.Log.ErrorContext(r.Context(), "panic", "request", RequestID(r.Context()), "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
	if w.status == 0 {
		s.Refuse(w, r, fmt.Errorf("panic: %v", p))
	}
}

// statusRecorder remembers the status of a response.
type statusRecorder struct {
	http.ResponseWriter
	status int
}

func (w *statusRecorder) WriteHeader(status int) {
	if w.status == 0 && status >= 200 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusRecorder) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *statusRecorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }
