package session

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
)

// broken is a request whose sender vanished half-way.
func broken() *http.Request {
	r := newRequest("POST", "", "")
	r.Body = io.NopCloser(io.MultiReader(strings.NewReader("quantity="), iotest.ErrReader(io.ErrUnexpectedEOF)))
	r.ContentLength = 10
	return r
}

// never is a handler that must not run.
func never(t *testing.T) http.HandlerFunc {
	return func(http.ResponseWriter, *http.Request) { t.Error("the handler ran") }
}

func TestTruncatedBodyIsErrBody(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{})
	a := ask(s.Handler(never(t)), broken())
	if !errors.Is(s.failed, ErrBody) || !errors.Is(s.failed, io.ErrUnexpectedEOF) {
		t.Errorf("error %v, want %v", s.failed, ErrBody)
	}
	if got, want := a.status, http.StatusBadRequest; got != want {
		t.Errorf("status %d, want %d", got, want)
	}
	if got := s.spy.all(); len(got) > 0 {
		t.Errorf("SQL: %q", got[0].query)
	}
}

// meter counts what is read of a body that never ends.
type meter struct{ read int64 }

func (m *meter) Read(b []byte) (int, error) { m.read += int64(len(b)); return len(b), nil }

// A body that is too large is refused on its word, or after one byte too many.
func TestTooLargeBodyIsNotReadOn(t *testing.T) {
	t.Parallel()
	const limit = 1000
	for name, length := range map[string]int64{"declared": limit + 1, "chunked": -1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, m := newSite(t, Options{MaxBody: upTo(limit)}), &meter{}
			r := newRequest("POST", "", "")
			r.Body, r.ContentLength = io.NopCloser(m), length
			a := ask(s.Handler(never(t)), r)
			var tooLarge *http.MaxBytesError
			if !errors.As(s.failed, &tooLarge) || tooLarge.Limit != limit {
				t.Errorf("error %v, want one with limit %d", s.failed, limit)
			}
			if got, want := a.status, http.StatusRequestEntityTooLarge; got != want {
				t.Errorf("status %d, want %d", got, want)
			}
			most := int64(limit + 1)
			if name == "declared" {
				most = 0
			}
			if m.read > most {
				t.Errorf("%d bytes were read, want at most %d", m.read, most)
			}
		})
	}
}

func TestBodyAtTheLimitIsRead(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{MaxBody: upTo(10)})
	h := func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, r.Body) }
	if got, want := s.post("", h).body, "quantity=1"; got != want {
		t.Errorf("the handler reads %q, want %q", got, want)
	}
}

// A request without a body, or without even a Body, has an empty one.
func TestNoBodyIsAnEmptyOne(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{})
	for _, body := range []io.ReadCloser{nil, http.NoBody} {
		r := newRequest("GET", "", "")
		r.Body = body
		ask(s.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			if b, err := io.ReadAll(r.Body); len(b) > 0 || err != nil {
				t.Errorf("it reads %q, error %v", b, err)
			}
		})), r)
	}
}

// sender is a body during whose transmission something else happens.
type sender struct {
	io.Reader
	meanwhile func()
}

func (s *sender) Read(b []byte) (int, error) {
	if s.meanwhile != nil {
		s.meanwhile()
		s.meanwhile = nil
	}
	return s.Reader.Read(b)
}

// A slow sender holds neither a stale copy of the session nor its turn:
// other requests come and go while it arrives, and none of them runs twice.
func TestSlowSenderHoldsNothing(t *testing.T) {
	t.Parallel()
	bubble(t, Options{}, func(t *testing.T, s *site) { // where waiting for a turn would soon be given up
		cookie := s.begin()
		add := func(w http.ResponseWriter, r *http.Request) {
			if b, err := io.ReadAll(r.Body); string(b) != "quantity=1" || err != nil {
				t.Errorf("body %q, error %v", b, err)
			}
			s.do(addOne)(w, r)
		}
		r := newRequest("POST", cookie, "")
		r.Body = io.NopCloser(&sender{strings.NewReader("quantity=1"), func() { s.post(cookie, add) }})
		r.ContentLength = -1
		a := ask(s.Handler(http.HandlerFunc(add)), r)
		if got, want := s.count(cookie), 3; got != want || a.status != http.StatusOK {
			t.Errorf("count %d, want %d; status %d", got, want, a.status)
		}
		if got := s.Stats().Conflicts; got != 0 {
			t.Errorf("%d conflicts, want none", got)
		}
	})
}

// A handler that runs again reads its whole body again.
func TestBodyIsThereInEveryRun(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{})
	runs := 0
	s.post("", func(_ http.ResponseWriter, r *http.Request) {
		if b, err := io.ReadAll(r.Body); string(b) != "quantity=1" || err != nil {
			t.Errorf("run %d: body %q, error %v", runs, b, err)
		}
		if runs++; runs < 3 {
			RunAgain(r.Context())
		}
	})
	if got, want := runs, 3; got != want {
		t.Errorf("%d runs, want %d", got, want)
	}
}

// upTo is a MaxBody.
func upTo(n int64) func(*http.Request) int64 { return func(*http.Request) int64 { return n } }
