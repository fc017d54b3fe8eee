package session

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// breakages are ways in which a commit fails though the session could be read.
var breakages = map[string]func(t *testing.T, s *site, path string) (repair func()){
	"locked": func(t *testing.T, s *site, path string) func() { return lock(t, path) },
	"trigger": func(t *testing.T, s *site, _ string) func() {
		for _, event := range []string{"INSERT", "UPDATE", "DELETE"} {
			s.exec(fmt.Sprintf("CREATE TRIGGER no_%s BEFORE %s ON sessions BEGIN SELECT RAISE(FAIL, 'no'); END", event, event))
		}
		return func() {
			for _, event := range []string{"INSERT", "UPDATE", "DELETE"} {
				s.exec("DROP TRIGGER no_" + event)
			}
		}
	},
	"table gone": func(t *testing.T, s *site, _ string) func() {
		s.exec("ALTER TABLE sessions RENAME TO away")
		return func() { s.exec("ALTER TABLE away RENAME TO sessions") }
	},
}

// changes are what a handler may ask a commit for.
var changes = map[string]func(context.Context) error{
	"put":     func(ctx context.Context) error { return countKey.Put(ctx, 2) },
	"renew":   Renew,
	"destroy": Destroy,
}

// An answer whose session was not stored never leaves; in its place
// goes one error, without a cookie, and the session is as it was.
func TestFailedCommitSendsNoSuccess(t *testing.T) {
	t.Parallel()
	for cause, damage := range breakages {
		for what, change := range changes {
			for _, known := range []bool{true, false} {
				if !known && what != "put" {
					continue // nothing to commit
				}
				t.Run(fmt.Sprintf("%s %s known=%v", cause, what, known), func(t *testing.T) {
					t.Parallel()
					path := table(t)
					s := newSiteOn(t, path, 50, Options{MaxWait: 200 * time.Millisecond})
					cookie, created := "", 0
					if known {
						cookie, created = s.begin(), 1
					}
					before, _ := s.row(cookie)
					var repair func()
					a := s.post(cookie, func(w http.ResponseWriter, r *http.Request) {
						repair = damage(t, s, path) // after the session was loaded
						w.Header().Set("Location", "/thanks")
						if err := change(r.Context()); err != nil {
							t.Error(err)
						}
						_, _ = io.WriteString(w, "SUCCESS")
					})
					repair()
					if what == "destroy" { // see TestALogoutCountsOnAFullDisk
						wantDeletion(t, a)
						a.header.Del("Set-Cookie")
					}
					wantUnavailable(t, a)
					if after, ok := s.row(cookie); ok != known || !after.holds(before.data) {
						t.Errorf("row %v with %s, want %v with %s", ok, after.data, known, before.data)
					}
					if got := s.Stats(); got.Created != int64(created) || got.Renewed+got.Destroyed != 0 {
						t.Errorf("it counts as done: %+v", got)
					}
				})
			}
		}
	}
}

func wantDeletion(t *testing.T, a answer) {
	t.Helper()
	if got := a.header.Get("Set-Cookie"); !strings.HasPrefix(got, "session=;") || !strings.Contains(got, "Max-Age=0") {
		t.Errorf("Set-Cookie %q, want a deletion", got)
	}
}

// F03: a logout whose row cannot be deleted counts all the same: the browser has no
// cookie any more, and this process opens the session to nobody who has a copy of it, also
// for requests under way. The row goes as soon as it can.
func TestALogoutCountsOnAFullDisk(t *testing.T) {
	t.Parallel()
	for name, logout := range map[string]func(context.Context) error{
		"logout":      Destroy,
		"logout, put": func(ctx context.Context) error { return errors.Join(Destroy(ctx), countOne(ctx)) },
	} {
		s := newSite(t, Options{})
		cookie, other := s.begin(), s.begin()
		full := errSQLiteFull
		s.spy.onStatement(func(query string) error {
			if len(writes([]string{query})) > 0 {
				return full
			}
			return nil
		})
		late := s.get(cookie, func(w http.ResponseWriter, r *http.Request) { // it has loaded the session before
			a := s.post(cookie, s.do(logout))
			if wantDeletion(t, a); a.status != http.StatusServiceUnavailable || !errors.Is(s.failed, ErrNotDeleted) {
				t.Errorf("%s: status %d, error %v", name, a.status, s.failed)
			}
			s.spy.onStatement(nil)
			s.do(Renew)(w, r)
		})
		if late.status != http.StatusConflict || late.setsCookie() {
			t.Errorf("%s: a late renewal: status %d, Set-Cookie %q", name, late.status, late.header.Get("Set-Cookie"))
		}
		if a := s.post("", s.put(1)); a.status != http.StatusOK {
			t.Errorf("%s: a new session: status %d, error %v", name, a.status, s.failed)
		}
		if a := s.post(cookie, s.put(7)); a.setsCookie() || s.count(cookie) != -1 || s.count(other) != 1 || s.rows() != 3 {
			t.Errorf("%s: status %d, counts %d and %d, %d rows", name, a.status, s.count(cookie), s.count(other), s.rows())
		}
		for range 2 {
			if _, err := s.Purge(t.Context()); err != nil {
				t.Error(err)
			}
		}
		if s.count(cookie) != -1 || s.rows() != 2 || s.Stats().Destroyed != 1 || s.isRefused(hash(tokenOf(cookie))) {
			t.Errorf("%s: later, count %d, %d rows, %+v", name, s.count(cookie), s.rows(), s.Stats())
		}
	}
}

// The same in a transaction of the program's, which fails at its end, with another
// session that it was to end: of "sign out everywhere" nothing is left undone.
func TestALogoutInATransactionCountsOnAFullDisk(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	cookie, second, other := s.begin(), s.begin(), s.begin()
	failing := func(f func(context.Context) error) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if err := f(r.Context()); !errors.Is(err, errSQLiteFull) {
				t.Errorf("error %v", err)
			}
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}
	a := s.post(cookie, failing(func(ctx context.Context) error {
		return s.transact(ctx, func(tx *sql.Tx) error {
			err := errors.Join(RevokeTx(ctx, tx, hash(tokenOf(second))), Destroy(ctx), CommitTx(ctx, tx))
			return errors.Join(err, errSQLiteFull)
		})
	}))
	if wantDeletion(t, a); a.status != http.StatusServiceUnavailable || !errors.Is(s.failed, ErrNotDeleted) ||
		s.rows() != 3 {
		t.Errorf("status %d, error %v, %d rows", a.status, s.failed, s.rows())
	}
	if s.count(cookie) != -1 || s.count(second) != -1 || s.count(other) != 1 {
		t.Errorf("counts %d, %d and %d", s.count(cookie), s.count(second), s.count(other))
	}
	if _, err := s.Purge(t.Context()); err != nil || s.rows() != 1 {
		t.Errorf("later %d rows, error %v", s.rows(), err)
	}
	// Without a commit in the transaction, a failed handler leaves the session alone.
	a = s.post(other, failing(func(ctx context.Context) error { return errors.Join(Destroy(ctx), errSQLiteFull) }))
	if a.setsCookie() || s.count(other) != 1 {
		t.Errorf("status %d, count %d", a.status, s.count(other))
	}
}

var errSQLiteFull = errors.New("database or disk is full (13)")

func wantUnavailable(t *testing.T, a answer) {
	t.Helper()
	if a.status != http.StatusServiceUnavailable || a.body != "Service Unavailable\n" || a.setsCookie() ||
		a.header.Get("Retry-After") == "" || a.header.Get("Location") != "" {
		t.Errorf("status %d, body %q, header %v; want one clean 503", a.status, a.body, a.header)
	}
}

// Nor is there a page when the session cannot be loaded.
func TestFailedLoadIsOneError(t *testing.T) {
	t.Parallel()
	for _, gone := range []string{"sessions", "ended_sessions"} {
		s := newSite(t, Options{})
		cookie := "session=" + strings.Repeat("A", tokenLength)
		s.exec("ALTER TABLE " + gone + " RENAME TO away")
		wantUnavailable(t, s.get(cookie, never(t)))
	}
}

func TestStockFailedCommitSendsSuccess(t *testing.T) {
	t.Parallel()
	for _, cause := range []string{"locked", "trigger", "table gone"} {
		path := table(t)
		s, _ := newStockSite(t, path, 0)
		site := newSiteOn(t, path, 5000, Options{})
		var repair func()
		a := s.post("", func(w http.ResponseWriter, r *http.Request) {
			repair = breakages[cause](t, site, path)
			s.Put(r.Context(), "count", 1)
			_, _ = io.WriteString(w, "SUCCESS")
		})
		repair()
		if !strings.Contains(a.body, "SUCCESS") {
			t.Errorf("%s: stock scs sends no success, so the tests above prove nothing", cause)
		}
	}
}

// What cannot be stored is the handler's error, at the Put.
func TestUnencodableValueIsAnErrorFromPut(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{})
	cookie := s.begin()
	before, _ := s.row(cookie)
	a := s.post(cookie, func(w http.ResponseWriter, r *http.Request) {
		if err := Key[chan int]("channel").Put(r.Context(), make(chan int)); err == nil {
			t.Error("a channel can be put")
		}
		if err := Key[any]("function").Put(r.Context(), func() {}); err == nil {
			t.Error("a function can be put")
		}
		_, _ = io.WriteString(w, "a page")
	})
	after, _ := s.row(cookie)
	if a.status != http.StatusOK || a.body != "a page" || !after.holds(before.data) {
		t.Errorf("status %d, body %q, data %s", a.status, a.body, after.data)
	}
}

// Any type of json's can be put, without registering it anywhere.
func TestTypesNeedNoRegistration(t *testing.T) {
	t.Parallel()
	type line struct {
		SKU      string
		Quantity int
	}
	const key Key[map[string][]line] = "lines"
	s := newSite(t, Options{})
	a := s.post("", s.do(func(ctx context.Context) error { return key.Put(ctx, map[string][]line{"cart": {{"mug", 2}}}) }))
	s.get(cookieOf(a), func(_ http.ResponseWriter, r *http.Request) {
		if got, ok := key.Get(r.Context()); !ok || len(got["cart"]) != 1 || got["cart"][0] != (line{"mug", 2}) {
			t.Errorf("got %v, %v", got, ok)
		}
	})
}

func TestStockUnencodableValueIsAnErrorAfterTheEnd(t *testing.T) {
	t.Parallel()
	type unregistered struct{ N int }
	s, _ := newStockSite(t, table(t), 5000)
	a := s.post("", func(w http.ResponseWriter, r *http.Request) {
		s.Put(r.Context(), "value", unregistered{1})
		_, _ = io.WriteString(w, "SUCCESS")
	})
	if got, want := a.body, "Internal Server Error\nSUCCESS"; got != want {
		t.Errorf("stock scs sends %q, not %q, so the tests above prove nothing", got, want)
	}
}

// undone are the ways in which a handler takes everything back.
var undone = map[string]http.HandlerFunc{
	"500":   func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "sorry", http.StatusInternalServerError) },
	"503":   func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) },
	"panic": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
}

// After a failure the session is what it was, whatever was asked for.
func TestFailedHandlerLeavesTheSessionAsItWas(t *testing.T) {
	t.Parallel()
	for how, fail := range undone {
		for what, change := range changes {
			t.Run(how+" after "+what, func(t *testing.T) {
				t.Parallel()
				s := newSite(t, Options{})
				cookie := s.begin()
				before, _ := s.row(cookie)
				s.spy.take()
				a := s.protected(cookie, func(w http.ResponseWriter, r *http.Request) {
					if err := change(r.Context()); err != nil {
						t.Error(err)
					}
					fail(w, r)
				})
				if a.setsCookie() || a.status == http.StatusOK {
					t.Errorf("status %d, cookie %q", a.status, a.header.Get("Set-Cookie"))
				}
				if got := writes(s.spy.take()); len(got) > 0 {
					t.Errorf("it wrote %q", got)
				}
				if after, ok := s.row(cookie); !ok || !after.holds(before.data) {
					t.Errorf("row %v with %s, want %s", ok, after.data, before.data)
				}
				// The turn is over: another request does not wait for it.
				if a := s.post(cookie, s.put(2)); a.status != http.StatusOK || s.count(cookie) != 2 {
					t.Errorf("the next request: status %d, error %v", a.status, s.failed)
				}
			})
		}
	}
}

// protected answers a request as net/http would one whose handler may panic.
func (s *site) protected(cookie string, h http.HandlerFunc) (a answer) {
	defer func() {
		if recover() != nil {
			a = answer{status: http.StatusInternalServerError}
		}
	}()
	return s.post(cookie, h)
}

// A new visitor's failed request leaves nothing either.
func TestFailedHandlerBeginsNoSession(t *testing.T) {
	t.Parallel()
	for how, fail := range undone {
		s := newSite(t, Options{})
		a := s.protected("", func(w http.ResponseWriter, r *http.Request) {
			if err := countKey.Put(r.Context(), 1); err != nil {
				t.Error(err)
			}
			fail(w, r)
		})
		if a.setsCookie() || s.rows() != 0 {
			t.Errorf("%s: cookie %q, %d rows", how, a.header.Get("Set-Cookie"), s.rows())
		}
	}
}

// A refusal is no failure: what a 4xx page keeps, such as a form's fields, stays.
func TestRefusalKeepsTheSession(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{})
	cookie := s.begin()
	s.post(cookie, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusUnprocessableEntity)
		s.put(2)(w, r)
	})
	if got, want := s.count(cookie), 2; got != want {
		t.Errorf("count %d, want %d", got, want)
	}
}

func TestStockFailedHandlerChangesTheSession(t *testing.T) {
	t.Parallel()
	path := table(t)
	s, _ := newStockSite(t, path, 5000)
	cookie := s.begin()
	s.post(cookie, func(w http.ResponseWriter, r *http.Request) {
		s.Put(r.Context(), "count", 2)
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	s.get(cookie, func(_ http.ResponseWriter, r *http.Request) {
		if s.GetInt(r.Context(), "count") != 2 {
			t.Error("stock scs does not store it, so the tests above prove nothing")
		}
	})
	func() {
		defer func() { _ = recover() }()
		s.post(cookie, func(_ http.ResponseWriter, r *http.Request) {
			if err := s.Destroy(r.Context()); err != nil {
				t.Error(err)
			}
			panic(http.ErrAbortHandler)
		})
	}()
	if rows(t, open(t, path)) != 0 {
		t.Error("stock scs keeps the row, so the tests above prove nothing")
	}
}

// isBusy says whether err is SQLite's about a lock.
func isBusy(err error) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && e.Code()&0xff == sqlite3.SQLITE_BUSY
}
