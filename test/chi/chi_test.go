package chi

import (
	"database/sql"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
	_ "modernc.org/sqlite"

	"trolley/session"
)

const (
	visits   session.Key[int]    = "visits"
	username session.Key[string] = "username"
)

// routes uses the manager as chi's programs use scs: around a group, inside the
// recoverer, with parameters in the path, and a stream beside it.
func routes(sessions *session.Manager) http.Handler {
	r := chi.NewRouter()
	r.Use(middleware.RequestID, middleware.Recoverer)
	r.Group(func(r chi.Router) {
		r.Use(sessions.Handler)
		r.Post("/visit", func(w http.ResponseWriter, r *http.Request) {
			n, _ := visits.Get(r.Context())
			if err := visits.Put(r.Context(), n+1); err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
			fmt.Fprint(w, n+1)
		})
		r.Post("/login/{name}", func(w http.ResponseWriter, r *http.Request) {
			if err := session.Renew(r.Context()); err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
			if err := username.Put(r.Context(), chi.URLParam(r, "name")); err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
			}
		})
		r.Post("/panic", func(_ http.ResponseWriter, r *http.Request) {
			_ = visits.Put(r.Context(), 1000)
			panic("a mistake")
		})
	})
	r.With(sessions.ReadOnly).Get("/events", func(w http.ResponseWriter, r *http.Request) {
		n, _ := visits.Get(r.Context())
		name, _ := username.Get(r.Context())
		fmt.Fprintf(w, "data: %s %d\n\n", name, n)
		if err := http.NewResponseController(w).Flush(); err != nil {
			panic(err)
		}
	})
	return r
}

func TestBehindChi(t *testing.T) {
	t.Parallel()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(t.TempDir(), "app.db")+"?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	if _, err := db.Exec(session.SchemaSQLite); err != nil {
		t.Fatal(err)
	}
	sessions, err := session.New(db, session.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(routes(sessions))
	t.Cleanup(server.Close)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Jar: jar}
	ask := func(method, path string, want int) string {
		r, _ := http.NewRequest(method, server.URL+path, strings.NewReader("q=1"))
		resp, err := browser.Do(r)
		if err != nil {
			t.Error(err)
			return ""
		}
		defer resp.Body.Close()
		if body, err := io.ReadAll(resp.Body); err == nil && resp.StatusCode == want {
			return string(body)
		}
		t.Errorf("%s %s: status %d, want %d", method, path, resp.StatusCode, want)
		return ""
	}
	const parallel = 20
	ask("POST", "/visit", http.StatusOK)
	var all sync.WaitGroup
	for range parallel {
		all.Go(func() { ask("POST", "/visit", http.StatusOK) })
	}
	all.Wait()
	ask("POST", "/login/ada", http.StatusOK)
	ask("POST", "/panic", http.StatusInternalServerError)
	if got, want := ask("GET", "/events", http.StatusOK), fmt.Sprintf("data: ada %d\n\n", 1+parallel); got != want {
		t.Errorf("the stream says %q, want %q", got, want)
	}
}
