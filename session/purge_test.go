package session

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// expired adds n sessions that have expired, the i-th i seconds ago.
func (s *site) expired(n int) {
	s.t.Helper()
	s.exec(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1)
		INSERT INTO sessions SELECT 'expired' || i, x'00', $2 - i / 86400.0 FROM n`, n, JulianDay(time.Now()))
}

// A great many expired rows go in small batches, and live ones stay.
func TestPurgeGoesInBatches(t *testing.T) {
	t.Parallel()
	const batch = 500 // rows that SQLite deletes in a moment
	s := newSite(t, Options{})
	cookie := s.begin()
	s.expired(2*batch + 1)
	s.spy.take()
	var left []int
	s.spy.onStatement(func(query string) error {
		if query == purgeSQL {
			left = append(left, s.rows())
		}
		return nil
	})
	n, err := s.Purge(t.Context())
	if want := 2*batch + 1; n != want || err != nil {
		t.Errorf("purged %d, error %v, want %d", n, err, want)
	}
	if want := []int{2*batch + 2, batch + 2, 2}; len(left) != 3 || left[0] != want[0] || left[1] != want[1] ||
		left[2] != want[2] {
		t.Errorf("rows before each batch %v, want %v", left, want)
	}
	if s.rows() != 1 || s.count(cookie) != 1 {
		t.Errorf("%d rows, want the live one", s.rows())
	}
}

// ended counts the sessions that are known to have ended.
func (s *site) ended() (n int) {
	s.t.Helper()
	if err := s.db.QueryRow("SELECT COUNT(*) FROM ended_sessions").Scan(&n); err != nil {
		s.t.Fatal(err)
	}
	return n
}

// So do those that ended, as a great many do at once where all are revoked.
func TestPurgeOfEndedSessionsGoesInBatches(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{})
	s.exec(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1)
		INSERT INTO ended_sessions (token, ended_at) SELECT 'ended' || i, 0 FROM n`, 2*purgeBatch+1)
	s.exec(`INSERT INTO ended_sessions (token, ended_at) VALUES ('a moment ago', $1)`, time.Now().UnixMilli())
	var left []int
	s.spy.onStatement(func(query string) error {
		if query == purgeEndedSQL {
			left = append(left, s.ended())
		}
		return nil
	})
	if n, err := s.Purge(t.Context()); n != 0 || err != nil {
		t.Errorf("purged %d, error %v", n, err)
	}
	if want := []int{2*purgeBatch + 2, purgeBatch + 2, 2}; !slices.Equal(left, want) {
		t.Errorf("rows before each batch %v, want %v", left, want)
	}
	if n := s.ended(); n != 1 {
		t.Errorf("%d rows are left, want that of a moment ago", n)
	}
}

// A second purge finds nothing, and two at once take nothing twice.
func TestPurgeTwice(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{})
	s.expired(purgeBatch + 1)
	var wg sync.WaitGroup
	counts := make([]int, 2)
	for i := range counts {
		wg.Go(func() {
			var err error
			if counts[i], err = s.Purge(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got, want := counts[0]+counts[1], purgeBatch+1; got != want || s.Stats().Expired != int64(want) {
		t.Errorf("two purges took %v and count %d, want %d together", counts, s.Stats().Expired, want)
	}
	if n, err := s.Purge(t.Context()); n != 0 || err != nil {
		t.Errorf("another purge takes %d, error %v", n, err)
	}
}

// Between two batches a purge looks whether it is still wanted.
func TestPurgeStopsWithItsContext(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{})
	s.expired(10 * purgeBatch)
	ctx, stop := context.WithCancel(t.Context())
	batches := 0
	s.spy.onStatement(func(query string) error {
		if query == purgeSQL {
			if batches++; batches == 2 {
				stop()
			}
		}
		return nil
	})
	if n, err := s.Purge(ctx); !errors.Is(err, context.Canceled) || n > 2*purgeBatch {
		t.Errorf("purged %d, error %v, want %v", n, err, context.Canceled)
	}
	if got := s.rows(); got < 8*purgeBatch || batches != 2 {
		t.Errorf("%d rows left after %d batches", got, batches)
	}
}

// Run purges at once, then every interval, and has returned, with no
// statement under way, when its context has ended and it was joined.
func TestRunPurgesUntilItIsStopped(t *testing.T) {
	t.Parallel()
	bubble(t, Options{}, func(t *testing.T, s *site) {
		ctx, stop := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		s.expired(3)
		wg.Go(func() { s.Run(ctx) })
		wg.Go(func() { s.Run(ctx) }) // twice does no harm
		synctest.Wait()
		if got := s.rows(); got != 0 {
			t.Errorf("%d rows after the start, want none", got)
		}
		for range 3 {
			s.expired(2)
			time.Sleep(time.Minute * 11 / 10)
			synctest.Wait()
			if got := s.rows(); got != 0 {
				t.Errorf("%d rows after an interval, want none", got)
			}
		}
		if got := len(s.spy.take()); got > 2*2*5 { // two statements each, of two, at most five times
			t.Errorf("%d statements in 3 intervals", got)
		}
		stop()
		wg.Wait()
		s.expired(1)
		time.Sleep(time.Hour)
		if got := s.spy.take(); len(got) > 0 {
			t.Errorf("after its end it ran %q", got)
		}
	})
}

// A purge that fails is one warning, and the next one is tried.
func TestFailedPurgeIsLoggedAndTriedAgain(t *testing.T) {
	t.Parallel()
	for _, failing := range []string{purgeSQL, purgeEndedSQL} {
		bubble(t, Options{}, func(t *testing.T, s *site) {
			s.expired(1)
			broken := true
			s.spy.onStatement(func(query string) error {
				if broken && query == failing {
					broken = false
					return errors.New("no")
				}
				return nil
			})
			ctx, stop := context.WithCancel(t.Context())
			var wg sync.WaitGroup
			wg.Go(func() { s.Run(ctx) })
			synctest.Wait()
			if got := len(s.log.lines(t, "purge stopped")); got != 1 || s.rows() != 1 {
				t.Errorf("%d warnings, want 1; %d rows", got, s.rows())
			}
			time.Sleep(2 * time.Minute)
			synctest.Wait()
			if got := s.rows(); got != 0 {
				t.Errorf("%d rows after the next purge, want none", got)
			}
			stop()
			wg.Wait()
		})
	}
}

// A session that is used while the purge comes is not taken.
func TestPurgeSparesWhatWasJustTouched(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{})
	cookie := s.begin()
	r, _ := s.row(cookie)
	s.exec("UPDATE sessions SET expiry = expiry - 365")
	s.spy.onStatement(func(query string) error {
		if query == purgeSQL {
			s.exec("UPDATE sessions SET expiry = $1", JulianDay(r.expiry))
		}
		return nil
	})
	if n, err := s.Purge(t.Context()); n != 0 || err != nil || s.count(cookie) != 1 {
		t.Errorf("purged %d, error %v; the session counts %d, want 1", n, err, s.count(cookie))
	}
}

// The twin: stock's one DELETE has no LIMIT.
func TestStockPurgesInOneStatement(t *testing.T) {
	t.Parallel()
	path := table(t)
	site, spy := newSiteOn(t, path, 5000, Options{}), newSpy(t, path, 5000)
	site.expired(2 * purgeBatch)
	done := make(chan struct{})
	spy.onStatement(func(query string) error {
		if strings.HasPrefix(query, "DELETE") && !strings.Contains(query, "LIMIT") {
			select {
			case <-done:
			default:
				close(done)
			}
		}
		return nil
	})
	db := sql.OpenDB(spy)
	t.Cleanup(func() { db.Close() })
	store := stockStore(db, time.Millisecond)
	<-done
	store.StopCleanup()
}
