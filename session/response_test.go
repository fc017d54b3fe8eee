package session

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
)

// There is nothing to flush before the commit.
func TestFlushDoesNotSendBeforeTheCommit(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{})
	a := s.post("", func(w http.ResponseWriter, r *http.Request) {
		if err := http.NewResponseController(w).Flush(); !errors.Is(err, http.ErrNotSupported) {
			t.Errorf("flush: error %v, want %v", err, http.ErrNotSupported)
		}
		if _, ok := w.(http.Flusher); ok {
			t.Error("the writer is a Flusher")
		}
		s.put(1)(w, r)
	})
	if got, want := s.count(cookieOf(a)), 1; got != want {
		t.Errorf("count %d, want %d", got, want)
	}
}

func TestStockFlushLosesTheCookie(t *testing.T) {
	t.Parallel()
	s, _ := newStockSite(t, table(t), 5000)
	a := s.post("", func(w http.ResponseWriter, r *http.Request) {
		s.Put(r.Context(), "count", 1)
		if err := http.NewResponseController(w).Flush(); err != nil {
			t.Error(err)
		}
	})
	if a.setsCookie() {
		t.Error("stock scs sends the cookie, so the test above proves nothing")
	}
}

// late lists the ways to have written something before a Put.
var late = map[string]func(http.ResponseWriter){
	"body":                 func(w http.ResponseWriter) { _, _ = io.WriteString(w, "a page") },
	"status":               func(w http.ResponseWriter) { w.WriteHeader(http.StatusSeeOther) },
	"early hints":          func(w http.ResponseWriter) { w.WriteHeader(http.StatusEarlyHints) },
	"early hints and body": func(w http.ResponseWriter) { w.WriteHeader(103); _, _ = io.WriteString(w, "a page") },
}

func TestPutAfterTheFirstByteIsKept(t *testing.T) {
	t.Parallel()
	for name, write := range late {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, Options{})
			a := s.post("", func(w http.ResponseWriter, r *http.Request) { write(w); s.put(1)(w, r) })
			if got, want := s.count(cookieOf(a)), 1; got != want {
				t.Errorf("count %d, want %d", got, want)
			}
			if a.status == http.StatusEarlyHints {
				t.Error("the answer is an informational one")
			}
		})
	}
}

func TestStockDropsPutAfterTheFirstByte(t *testing.T) {
	t.Parallel()
	for name, write := range late {
		path := table(t)
		s, _ := newStockSite(t, path, 5000)
		s.post("", func(w http.ResponseWriter, r *http.Request) { write(w); s.Put(r.Context(), "count", 1) })
		if rows(t, open(t, path)) != 0 {
			t.Errorf("%s: stock scs keeps it, so the test above proves nothing", name)
		}
	}
}

func countOne(ctx context.Context) error { return countKey.Put(ctx, 1) }

// With a session or a cookie nothing is cached, whatever the handler
// and those outside it say; without, nothing by shared caches unless they say so.
func TestNothingPersonalIsCached(t *testing.T) {
	t.Parallel()
	const public = "public, max-age=3600"
	s := newSite(t, Options{})
	known := s.begin()
	same := func(cookie string) func() string { return func() string { return cookie } }
	pass := func(w http.ResponseWriter, r *http.Request) {}
	for _, c := range []struct {
		name        string
		cookie      func() string
		h           http.HandlerFunc
		asked, want string
	}{
		{"a session", same(known), pass, public, "no-store"},
		{"a session, nothing said", same(known), pass, "", "no-store"},
		{"a new session", same(""), s.do(countOne), public, "no-store"},
		{"a renewed session", s.begin, s.do(Renew), public, "no-store"},
		{"a destroyed session", s.begin, s.do(Destroy), public, "no-store"},
		{"two cookies", same(known + "; " + s.begin()), pass, public, "no-store"},
		{"a cookie of the handler's", same(""), func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Set-Cookie", "a=b")
		}, public, "no-store"},
		{"nobody", same(""), pass, public, public},
		{"nobody, nothing said", same(""), pass, "", "private, no-cache"},
		{"an unknown token", same("session=" + strings.Repeat("A", tokenLength)), pass, public, public},
	} {
		for _, status := range []int{200, 303, 304, 404, 422} {
			a := s.post(c.cookie(), func(w http.ResponseWriter, r *http.Request) {
				if c.asked != "" {
					w.Header().Set("Cache-Control", c.asked)
				}
				c.h(w, r)
				w.WriteHeader(status)
			})
			if got := fmt.Sprint(a.header.Values("Cache-Control")); got != "["+c.want+"]" {
				t.Errorf("%s, %d: Cache-Control %s, want [%s]", c.name, a.status, got, c.want)
			}
			if got := a.header.Get("Vary"); got != "Cookie" {
				t.Errorf("%s, %d: Vary %q, want Cookie", c.name, a.status, got)
			}
		}
	}
}

// Nor are errors, those of handlers and those of the package.
func TestErrorsAreNotCached(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{})
	cookie := s.begin()
	fails := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Cache-Control", "public")
		http.Error(w, "sorry", http.StatusInternalServerError)
	}
	destroyed := s.begin()
	s.post(destroyed, s.do(Destroy))
	for name, a := range map[string]answer{
		"500":      s.post(cookie, fails),
		"ErrEnded": s.post(destroyed, s.put(1)),
		"ErrBody":  ask(s.Handler(s.put(1)), broken()),
	} {
		if got, want := a.header.Get("Cache-Control"), "no-store"; got != want || a.status < 400 {
			t.Errorf("%s: status %d, Cache-Control %q, want %q", name, a.status, got, want)
		}
	}
}

func TestStockSendsACookieWithACacheablePage(t *testing.T) {
	t.Parallel()
	s, _ := newStockSite(t, table(t), 5000)
	a := s.post("", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "public, max-age=3600")
		s.Put(r.Context(), "count", 1)
	})
	if got := a.header.Values("Cache-Control"); !a.setsCookie() || got[0] != "public, max-age=3600" {
		t.Errorf("Cache-Control %q: stock scs prevents it, so the tests above prove nothing", got)
	}
}

// What the middlewares outside have set is there to be read, added to, replaced
// and deleted, in every run, and is not doubled.
func TestOuterHeaderIsAsWithoutABuffer(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{})
	cookie := s.begin()
	inner := s.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if got, want := w.Header().Get("X-Frame-Options"), "DENY"; got != want {
			t.Errorf("the handler sees X-Frame-Options %q, want %q", got, want)
		}
		w.Header().Set("X-Frame-Options", "SAMEORIGIN")
		w.Header().Add("Link", "inner")
		w.Header().Del("Server")
		if Current(r.Context()).Exists() && s.Stats().Conflicts == 0 {
			RunAgain(r.Context())
		}
	}))
	outer := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Vary", "Accept-Encoding")
		w.Header().Set("X-Frame-Options", "DENY")
		w.Header().Set("Link", "outer")
		w.Header().Set("Server", "us")
		inner.ServeHTTP(w, r)
	})
	a := ask(outer, newRequest("GET", cookie, ""))
	for name, want := range map[string]string{"Vary": "[Accept-Encoding Cookie]",
		"X-Frame-Options": "[SAMEORIGIN]", "Link": "[outer inner]", "Server": "[]"} {
		if got := fmt.Sprint(a.header.Values(name)); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

// The first final status counts, and so does the header as it was then.
func TestHeaderIsSealedWithTheStatus(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{})
	a := s.get("", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Before", "yes")
		w.WriteHeader(http.StatusTeapot)
		w.Header().Set("X-After", "yes")
		w.WriteHeader(http.StatusOK)
		_, _ = io.WriteString(w, "tea")
	})
	if a.status != http.StatusTeapot || a.body != "tea" || a.header.Get("X-Before") != "yes" ||
		a.header.Get("X-After") != "" {
		t.Errorf("status %d, body %q, header %v", a.status, a.body, a.header)
	}
}

// On the wire: HEAD has GET's length and no body, 204 and 304 have neither.
func TestLengthsOnTheWire(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{})
	server := httptest.NewServer(s.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/204":
			w.WriteHeader(http.StatusNoContent)
		case "/304":
			w.WriteHeader(http.StatusNotModified)
		default:
			_, _ = io.WriteString(w, "a page")
		}
	})))
	t.Cleanup(server.Close)
	for _, c := range []struct{ method, path, length, body string }{
		{"GET", "/", "6", "a page"}, {"HEAD", "/", "6", ""}, {"GET", "/204", "", ""}, {"GET", "/304", "", ""},
	} {
		a := send(t, http.DefaultClient, c.method, server.URL+c.path, "")
		if got := a.header.Get("Content-Length"); got != c.length || a.body != c.body {
			t.Errorf("%s %s: length %q, body %q; want %q and %q", c.method, c.path, got, a.body, c.length, c.body)
		}
	}
}

// What is routed outside of Handler, such as static files, costs no SELECT
// and stays cacheable, also for who has a session.
func TestRoutesOutsideCostNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{IdleTimeout: time.Hour})
	cookie := s.begin()
	mux := http.NewServeMux()
	mux.Handle("/", s.Handler(s.put(2)))
	mux.HandleFunc("GET /page", static)
	s.spy.take()
	a := ask(mux, newRequest("GET", cookie, ""))
	if got := s.spy.take(); len(got) > 0 || a.setsCookie() || a.header.Get("Vary") != "" ||
		a.header.Get("Cache-Control") != immutable {
		t.Errorf("statements %q, header %v", got, a.header)
	}
}

const immutable = "public, max-age=31536000, immutable"

func static(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Cache-Control", immutable)
	_, _ = io.WriteString(w, "body{}")
}

func TestStockAroundEverythingLoadsForStaticFiles(t *testing.T) {
	t.Parallel()
	s, spy := newStockSite(t, table(t), 5000)
	cookie := s.begin()
	spy.take()
	if a := s.get(cookie, static); len(spy.take()) == 0 || a.header.Get("Vary") == "" {
		t.Error("stock scs does not, so the test above proves nothing")
	}
}

// What a handler's goroutine writes when the handler has returned must not get
// into the answer to somebody else, who has the memory by then.
func TestWhatIsWrittenAfterTheHandlerReturnedIsRefused(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{})
	var kept http.ResponseWriter
	s.get("", func(w http.ResponseWriter, _ *http.Request) {
		kept = w
		io.WriteString(w, "a page")
	})
	if n, err := io.WriteString(kept, "late"); n != 0 || err == nil {
		t.Errorf("wrote %d bytes, error %v", n, err)
	}
}

// HEAD has the header of GET, Content-Type included.
func TestHeadHasTheContentType(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{})
	server := httptest.NewServer(s.Handler(s.put(1)))
	defer server.Close()
	resp, err := server.Client().Head(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if got, want := resp.Header.Get("Content-Type"), "text/plain; charset=utf-8"; got != want ||
		resp.ContentLength != int64(len("SUCCESS")) {
		t.Errorf("Content-Type %q, length %d; want %q, %d", got, resp.ContentLength, want, len("SUCCESS"))
	}
}

// deadlines is a connection that notes what it is told.
type deadlines struct {
	http.ResponseWriter
	read, write []time.Time
	duplex      bool
}

func (d *deadlines) SetReadDeadline(t time.Time) error  { d.read = append(d.read, t); return nil }
func (d *deadlines) SetWriteDeadline(t time.Time) error { d.write = append(d.write, t); return nil }
func (d *deadlines) EnableFullDuplex() error            { d.duplex = true; return nil }

// A buffer does not stand in the way of deadlines; it does in that of a flush.
func TestDeadlinesReachTheConnection(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{})
	at := time.Now().Add(time.Hour)
	d := &deadlines{ResponseWriter: httptest.NewRecorder()}
	s.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := http.NewResponseController(w)
		if err := errors.Join(c.SetReadDeadline(at), c.SetWriteDeadline(at), c.EnableFullDuplex()); err != nil {
			t.Error(err)
		}
		if err := c.Flush(); !errors.Is(err, http.ErrNotSupported) {
			t.Errorf("flush: error %v, want %v", err, http.ErrNotSupported)
		}
	})).ServeHTTP(d, httptest.NewRequest("GET", "/", nil))
	if want := []time.Time{at}; !slices.Equal(d.read, want) || !slices.Equal(d.write, want) || !d.duplex {
		t.Errorf("deadlines %v, %v, duplex %v", d.read, d.write, d.duplex)
	}
}

// A trailer that cannot be sent is not announced.
func TestTrailersAreNotAnnounced(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{})
	server := httptest.NewServer(s.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Trailer", "Sum")
		w.Header().Set(http.TrailerPrefix+"Other", "1")
		s.put(1)(w, r)
		w.Header().Set("Sum", "7")
	})))
	defer server.Close()
	resp, err := server.Client().Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if string(body) != "SUCCESS" || err != nil || len(resp.Trailer) > 0 || resp.Header.Get("Sum") != "" ||
		resp.Header.Get("Other") != "" {
		t.Errorf("body %q, error %v, header %v, trailer %v", body, err, resp.Header, resp.Trailer)
	}
}

// The default answer does not tell what went wrong inside.
func TestPlainErrorHidesTheCause(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{})
	cause := errors.New("no such table: sessions")
	for want, err := range map[int]error{
		http.StatusServiceUnavailable:    fmt.Errorf("session: find: %w", cause),
		http.StatusConflict:              fmt.Errorf("%w: %w", ErrEnded, cause),
		http.StatusBadRequest:            fmt.Errorf("%w: %w", ErrBody, cause),
		http.StatusRequestEntityTooLarge: &http.MaxBytesError{Limit: 7},
	} {
		a := ask(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.plainError(w, r, err) }),
			newRequest("GET", "", ""))
		if a.status != want || a.body != http.StatusText(want)+"\n" {
			t.Errorf("%v: status %d, body %q; want %d", err, a.status, a.body, want)
		}
	}
	if got := s.log.lines(t, "request refused"); len(got) != 4 || got[0]["path"] != "/page" || got[0]["error"] == "" {
		t.Errorf("the log says %v, want a line for each", got)
	}
}
