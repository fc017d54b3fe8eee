package session

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// An event leaves while the handler still runs.
func TestAStreamIsNotBuffered(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{})
	cookie, release := s.begin(), make(chan struct{})
	server := httptest.NewServer(s.ReadOnly(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, _ := countKey.Get(r.Context())
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, "data: "+strings.Repeat("x", n)+"\n")
		if err := http.NewResponseController(w).Flush(); err != nil {
			t.Error(err)
		}
		<-release
		_, _ = io.WriteString(w, "data: end\n")
	})))
	defer server.Close()
	r, _ := http.NewRequest("GET", server.URL, nil)
	r.Header.Set("Cookie", cookie)
	resp, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	events := bufio.NewReader(resp.Body)
	if line, err := events.ReadString('\n'); line != "data: x\n" || err != nil {
		t.Errorf("first event %q, error %v", line, err)
	}
	close(release)
	if line, err := events.ReadString('\n'); line != "data: end\n" || err != nil {
		t.Errorf("last event %q, error %v", line, err)
	}
	if resp.Header.Get("Cache-Control") != "no-store" || resp.Header.Get("Vary") != "Cookie" ||
		resp.Header.Get("Set-Cookie") != "" {
		t.Errorf("header %v", resp.Header)
	}
}

// meterWriter counts what is written of a body.
type meterWriter struct {
	http.ResponseWriter
	n int64
}

func (m *meterWriter) Write(b []byte) (int, error) { m.n += int64(len(b)); return len(b), nil }

// Neither an upload of 10 MiB nor a download of 50 MiB is held in memory or refused.
func TestLargeBodiesPassThrough(t *testing.T) {
	t.Parallel()
	const upload, download = 10 << 20, 50 << 20
	s := newSite(t, Options{})
	r := newRequest("POST", s.begin(), "")
	r.Body, r.ContentLength = io.NopCloser(io.LimitReader(&meter{}, upload)), upload
	w := &meterWriter{ResponseWriter: httptest.NewRecorder()}
	s.ReadOnly(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if n, err := io.Copy(io.Discard, r.Body); n != upload || err != nil {
			t.Errorf("it reads %d bytes, error %v", n, err)
		}
		if n, ok := countKey.Get(r.Context()); n != 1 || !ok {
			t.Errorf("count %d, %v", n, ok)
		}
		if w.(*meterWriter).n > 0 {
			t.Error("something is written already")
		}
		_, _ = io.Copy(w, io.LimitReader(&meter{}, download))
	})).ServeHTTP(w, r)
	if w.n != download {
		t.Errorf("%d bytes were written, want %d", w.n, download)
	}
	if used := s.small.used + s.large.used; used != 0 {
		t.Errorf("%d bytes are charged", used)
	}
}

// What would change the session says so, and changes nothing.
func TestReadOnlyRefusesChanges(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{})
	cookie := s.begin()
	before, _ := s.row(cookie)
	a := ask(s.ReadOnly(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := r.Context()
		for name, change := range map[string]func() error{
			"put":     func() error { return countKey.Put(ctx, 2) },
			"renew":   func() error { return Renew(ctx) },
			"destroy": func() error { return Destroy(ctx) },
			"commit":  func() error { return CommitTx(ctx, nil) },
		} {
			if err := change(); !errors.Is(err, ErrReadOnly) {
				t.Errorf("%s: error %v, want %v", name, err, ErrReadOnly)
			}
		}
		for name, change := range map[string]func(){
			"remove":   func() { countKey.Remove(ctx) },
			"pop":      func() { countKey.Pop(ctx) },
			"clear":    func() { Clear(ctx) },
			"remember": func() { Remember(ctx, false) },
		} {
			func() {
				defer func() {
					if err, _ := recover().(error); !errors.Is(err, ErrReadOnly) {
						t.Errorf("%s: panic %v, want %v", name, err, ErrReadOnly)
					}
				}()
				change()
			}()
		}
		s.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if err := countKey.Put(r.Context(), 2); !errors.Is(err, ErrReadOnly) {
				t.Errorf("inside an inner Handler: error %v, want %v", err, ErrReadOnly)
			}
		})).ServeHTTP(w, r)
	})), newRequest("POST", cookie, ""))
	if after, ok := s.row(cookie); !ok || !after.holds(before.data) || a.setsCookie() {
		t.Errorf("row %v with %s, want %s; cookie %q", ok, after.data, before.data, a.header.Get("Set-Cookie"))
	}
}

// Use is use: a stream keeps a session from being idle. A route can be cached if it says so.
func TestReadOnlyTouches(t *testing.T) {
	t.Parallel()
	bubble(t, Options{IdleTimeout: time.Hour}, func(t *testing.T, s *site) {
		cookie := s.begin()
		for range 3 {
			time.Sleep(time.Hour - time.Second)
			a := ask(s.ReadOnly(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if !countKey.Has(r.Context()) {
					t.Error("the session is gone")
				}
				w.Header().Set("Cache-Control", "private, max-age=60")
			})), newRequest("GET", cookie, ""))
			if got := a.header.Get("Cache-Control"); got != "private, max-age=60" {
				t.Errorf("Cache-Control %q", got)
			}
		}
	})
}

// A session that cannot be loaded is one error, before the handler.
func TestReadOnlyFailsAsHandlerDoes(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{})
	cookie := s.begin()
	s.exec("ALTER TABLE sessions RENAME TO away")
	wantUnavailable(t, ask(s.ReadOnly(never(t)), newRequest("GET", cookie, "")))
	if a := ask(s.ReadOnly(http.HandlerFunc(s.do(func(ctx context.Context) error {
		AfterCommit(ctx, func(context.Context) {})
		return nil
	}))), newRequest("GET", "", "")); a.status != http.StatusOK || a.header.Get("Cache-Control") != "" {
		t.Errorf("without a session: status %d, header %v", a.status, a.header)
	}
}
