package session

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"
)

// A client that leaves while the handler works does not leave the
// outcome open: what the handler decided is stored.
func TestCommitSurvivesAClientThatLeft(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{})
	for what, change := range changes {
		cookie := s.begin()
		before, _ := s.row(cookie)
		ctx, leave := context.WithCancel(t.Context())
		r := newRequest("POST", cookie, "").WithContext(ctx)
		a := ask(s.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			leave()
			if err := change(r.Context()); err != nil {
				t.Error(err)
			}
		})), r)
		if after, _ := s.row(cookie); after.holds(before.data) || a.status != http.StatusOK {
			t.Errorf("%s: status %d, error %v, row %s", what, a.status, s.failed, after.data)
		}
	}
}

// A request whose client left before does nothing.
func TestNothingIsDoneForAClientThatLeftBefore(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{})
	cookie := s.begin()
	ctx, leave := context.WithCancel(t.Context())
	leave()
	ask(s.Handler(never(t)), newRequest("POST", cookie, "").WithContext(ctx))
	if !errors.Is(s.failed, context.Canceled) {
		t.Errorf("error %v, want %v", s.failed, context.Canceled)
	}
}

// While another process holds the database's lock, a write waits for
// MaxWait and no longer, whatever the driver's own busy timeout (a minute
// here), and is not applied once the lock is free.
func TestWriteUnderALockIsBoundedAndNotAppliedLate(t *testing.T) {
	t.Parallel()
	for what, change := range changes {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			path := table(t)
			s := newSiteOn(t, path, 60_000, Options{MaxWait: 50 * time.Millisecond})
			cookie := s.begin()
			before, _ := s.row(cookie)
			release := lock(t, path)
			a := s.post(cookie, s.do(change)) // returns while the lock is held
			release()
			if what == "destroy" { // see TestALogoutCountsOnAFullDisk
				wantDeletion(t, a)
				a.header.Del("Set-Cookie")
			}
			wantUnavailable(t, a)
			if isBusy(s.failed) {
				t.Errorf("error %v: not MaxWait ended the wait, but the driver", s.failed)
			}
			if after, ok := s.row(cookie); !ok || !after.holds(before.data) {
				t.Errorf("row %v with %s, want %s", ok, after.data, before.data)
			}
		})
	}
}

// The first write of a new session goes through sqlite3store, which knows
// no context: what bounds it is the driver's busy timeout, not MaxWait. It is
// not applied late either.
func TestFirstWriteUnderALockIsBoundedByTheBusyTimeout(t *testing.T) {
	t.Parallel()
	path := table(t)
	s := newSiteOn(t, path, 50, Options{MaxWait: time.Hour})
	release := lock(t, path)
	a := s.post("", s.put(1))
	release()
	wantUnavailable(t, a)
	if !isBusy(s.failed) || s.rows() != 0 {
		t.Errorf("error %v, %d rows; want SQLITE_BUSY and none", s.failed, s.rows())
	}
}

func TestStockAppliesTheWriteOfAClientThatLeft(t *testing.T) {
	t.Parallel()
	path := table(t)
	s, spy := newStockSite(t, path, 60_000)
	release := lock(t, path)
	ctx, leave := context.WithCancel(t.Context())
	spy.onStatement(func(string) error { leave(); go release(); return nil })
	h := s.LoadAndSave(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { s.Put(r.Context(), "count", 1) }))
	ask(h, newRequest("POST", "", "").WithContext(ctx))
	if rows(t, open(t, path)) != 1 {
		t.Error("stock scs does not apply it, so the tests above prove nothing")
	}
}

// A lock does not keep anybody from reading.
func TestReadsPassALock(t *testing.T) {
	t.Parallel()
	path := table(t)
	s := newSiteOn(t, path, 60_000, Options{})
	cookie := s.begin()
	defer lock(t, path)()
	if got, want := s.count(cookie), 1; got != want {
		t.Errorf("count %d, want %d", got, want)
	}
}
