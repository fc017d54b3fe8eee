package session

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
)

// A page view that changes its session runs again, not the POST that it meets: what
// the POST does besides, in its first run, happens once.
func TestAPageViewThatPopsIsTheOneThatRunsAgain(t *testing.T) {
	t.Parallel()
	const rounds, flash = 100, Key[string]("flash")
	bubble(t, Options{}, func(t *testing.T, s *site) {
		cookie := s.begin()
		posts, shown := 0, 0
		for range rounds {
			s.post(cookie, s.do(func(ctx context.Context) error { return flash.Put(ctx, "Saved.") }))
			inside, release := make(chan struct{}, maxRuns), make(chan struct{})
			var both sync.WaitGroup
			both.Go(func() {
				s.post(cookie, func(w http.ResponseWriter, r *http.Request) {
					posts++
					inside <- struct{}{}
					<-release
					s.do(addOne)(w, r)
				})
			})
			<-inside
			both.Go(func() {
				var text string
				s.get(cookie, func(_ http.ResponseWriter, r *http.Request) { text, _ = flash.Pop(r.Context()) })
				if text == "Saved." {
					shown++
				}
			})
			synctest.Wait() // the page view waits for its turn, or has come first
			close(release)
			both.Wait()
		}
		if posts != rounds || shown != rounds || s.count(cookie) != 1+rounds {
			t.Errorf("%d POSTs ran %d times, %d texts were shown, count %d", rounds, posts, shown, s.count(cookie))
		}
	})
}

// Without a turn the compare-and-swap decides: a page view is not refused because a
// POST takes long.
func TestAPageViewThatGetsNoTurnIsCommitted(t *testing.T) {
	t.Parallel()
	bubble(t, Options{}, func(t *testing.T, s *site) {
		cookie := s.begin()
		leave, err := s.gate.enter(t.Context(), tokenOf(cookie), s.o.MaxWait)
		if err != nil {
			t.Fatal(err)
		}
		defer leave()
		if a := s.get(cookie, s.put(2)); a.status != http.StatusOK || s.count(cookie) != 2 {
			t.Errorf("status %d, count %d; want 200, 2", a.status, s.count(cookie))
		}
	})
}

// What is to happen after the commit happens once, however often the handler ran, when
// others see what was stored, and before the response.
func TestAfterCommitHappensOnce(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{})
	cookie := s.begin()
	runs, calls := 0, 0
	a := s.post(cookie, func(w http.ResponseWriter, r *http.Request) {
		runs++
		ctx, leave := context.WithCancel(r.Context())
		AfterCommit(ctx, func(ctx context.Context) {
			calls++
			if row, _ := s.row(cookie); string(row.data) == "" || ctx.Err() != nil {
				t.Errorf("row %s, error %v", row.data, ctx.Err())
			}
			if n, _ := countKey.Get(ctx); n != 2 {
				t.Errorf("count %d, want 2", n)
			}
			if err := countKey.Put(ctx, 3); !errors.Is(err, ErrReadOnly) {
				t.Errorf("a late Put: %v, want %v", err, ErrReadOnly)
			}
		})
		leave()
		s.put(2)(w, r)
		if runs < 3 {
			RunAgain(r.Context())
		}
	})
	if runs != 3 || calls != 1 || a.status != http.StatusOK || s.count(cookie) != 2 {
		t.Errorf("%d runs, %d calls, status %d, count %d; want 3, 1, 200, 2", runs, calls, a.status, s.count(cookie))
	}
}

// A panic after the commit does not cost the visitor the renewed cookie: the old one is
// dead. Neither does one in Options.Observe.
func TestAPanicAfterTheCommitLosesNoCookie(t *testing.T) {
	t.Parallel()
	var observe func(Event)
	s := newSite(t, Options{Observe: func(e Event) {
		if observe != nil {
			observe(e)
		}
	}})
	cookie := s.begin()
	observe = func(Event) { panic("a bug in Observe") }
	second := false
	a := s.post(cookie, s.do(func(ctx context.Context) error {
		AfterCommit(ctx, func(context.Context) { panic("a bug in AfterCommit") })
		AfterCommit(ctx, func(context.Context) { second = true })
		return Renew(ctx)
	}))
	if a.status != http.StatusOK || s.count(cookieOf(a)) != 1 || !second {
		t.Errorf("status %d, count %d, second function called %v", a.status, s.count(cookieOf(a)), second)
	}
	if got := s.log.lines(t, "panic after the commit"); len(got) != 2 {
		t.Errorf("the log has %v, want two panics", got)
	}
}

// A goroutine that outlives its handler may call AfterCommit. That is no data race.
func TestALateAfterCommitIsHarmless(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{})
	var late sync.WaitGroup
	started := make(chan struct{})
	s.post("", s.do(func(ctx context.Context) error {
		late.Go(func() {
			close(started)
			for range 1000 {
				AfterCommit(ctx, func(context.Context) {})
			}
		})
		<-started
		return countOne(ctx)
	}))
	late.Wait()
}

func TestAfterCommitNeedsACommit(t *testing.T) {
	t.Parallel()
	s := newSiteOn(t, table(t), 50, Options{})
	cookie := s.begin()
	for name, fail := range map[string]func(w http.ResponseWriter, r *http.Request){
		"status 500":    func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) },
		"endless rerun": func(_ http.ResponseWriter, r *http.Request) { RunAgain(r.Context()) },
		"revoked":       func(http.ResponseWriter, *http.Request) { s.exec("DELETE FROM sessions") },
	} {
		s.post(cookie, func(w http.ResponseWriter, r *http.Request) {
			AfterCommit(r.Context(), func(context.Context) { t.Errorf("%s: called", name) })
			fail(w, r)
			s.put(2)(w, r)
		})
	}
}

// What takes long is done once for a request, not once for a run. A failure is no result.
func TestOnce(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{})
	runs, works := 0, 0
	s.post("", func(_ http.ResponseWriter, r *http.Request) {
		runs++
		hash, err := Once(r.Context(), "hash", func() (string, error) {
			if works++; works == 1 {
				return "", errors.New("no random numbers")
			}
			return fmt.Sprint("hash ", works), nil
		})
		if (err != nil) != (runs == 1) || err == nil && hash != "hash 2" {
			t.Errorf("run %d: %q, error %v", runs, hash, err)
		}
		if n, err := Once(r.Context(), "hash", func() (int, error) { return 7, nil }); n != 7 || err != nil {
			t.Errorf("of another type: %d, error %v", n, err)
		}
		if runs < 4 {
			RunAgain(r.Context())
		}
	})
	if runs != 4 || works != 2 {
		t.Errorf("%d runs, %d works; want 4, 2", runs, works)
	}
}

// A transaction that has read is refused by SQLite if another one has written since
// (SQLITE_BUSY_SNAPSHOT), at once and whatever the busy timeout: the handler runs again.
// So no pool needs _txlock.
func TestAStaleSnapshotIsAConflict(t *testing.T) {
	t.Parallel()
	path := table(t)
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	s := newSiteOn(t, path, 5000, Options{})
	cookie := s.begin()
	runs := 0
	a := s.post(cookie, func(w http.ResponseWriter, r *http.Request) {
		runs++
		tx, err := db.BeginTx(r.Context(), nil)
		if err != nil {
			t.Error(err)
			return
		}
		defer tx.Rollback()
		var n int
		if err := tx.QueryRow("SELECT count(*) FROM ended_sessions").Scan(&n); err != nil {
			t.Error(err)
		}
		if runs == 1 {
			s.exec("INSERT INTO ended_sessions (token, ended_at) VALUES ('x', 0)") // by another process
		}
		if err := errors.Join(addOne(r.Context()), CommitTx(r.Context(), tx)); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		if err := tx.Commit(); err != nil {
			t.Error(err)
		}
	})
	if runs != 2 || a.status != http.StatusOK || s.count(cookie) != 2 {
		t.Errorf("%d runs, status %d, body %q, count %d; want 2, 200, 2", runs, a.status, a.body, s.count(cookie))
	}
}

// Once remembers a nil as well.
func TestOnceRemembersNil(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{})
	cookie, runs, calls := s.begin(), 0, 0
	a := s.post(cookie, func(_ http.ResponseWriter, r *http.Request) {
		v, err := Once(r.Context(), "nothing", func() (any, error) { calls++; return nil, nil })
		if v != nil || err != nil {
			t.Errorf("%v, error %v", v, err)
		}
		if runs++; runs == 1 {
			RunAgain(r.Context())
		}
	})
	if a.status != http.StatusOK || runs != 2 || calls != 1 {
		t.Errorf("status %d, %d runs, %d calls", a.status, runs, calls)
	}
}
