package faults

import (
	"net/http"
	"os"
	"regexp"
	"slices"
	"sync"
	"testing"
	"time"

	"trolley/test/blackbox"
	"trolley/test/proctest"
)

// saysEnded is what revoke -all says once every session is over.
var saysEnded = regexp.MustCompile(`(?m)^Ended ([0-9,]+) sessions\.$`)

// promptEnd is how long it may take to end every session.
const promptEnd = 20 * time.Second

// F15: all sessions are ended while shoppers come and add. Nobody from before has a
// cart any more, also who is in the shop's memory or under way; who comes
// afterwards has one, and is not held up.
func TestRevokeAllOfManySessionsHoldsUpNobody(t *testing.T) {
	if _, err := proctest.Admin(); err != nil { // to build it takes no part of the time
		t.Fatal(err)
	}
	s := plenty(t, proctest.Quick, blackbox.NewDB(t))
	// In no order of their tokens.
	fill(t, s.DB, proctest.Times(t, "TROLLEY_REVOKED", 20_000),
		`printf('%s%011d', lower(hex(randomblob(16))), i), CAST(printf('{"v":1,"filler":"%0300d"}', i) AS BLOB), 2.49e6 + i / 1e6`)
	var old []string
	for range 20 {
		old = append(old, s.begin(t))
	}
	before := s.lookups(t, old[0])
	var usual, meanwhile, afterwards ledger
	usual.come(t, s, func() { usual.reach(t, 2000) })
	finish := s.holdAdd(t, old[1])

	var revoke *proctest.Process
	var said string
	var began time.Time
	var ended time.Duration
	meanwhile.come(t, s, func() {
		meanwhile.reach(t, 10)
		began = time.Now()
		revoke = proctest.Start(t, proctest.Command{Build: proctest.Admin, Args: []string{"-db", s.DB, "revoke", "-all", "-yes"}})
		said = revoke.WaitFor(t, saysEnded)
		ended = time.Since(began)
	})
	s.wantNothing(t, old)
	if status := finish(); status != http.StatusConflict {
		t.Errorf("an add that was under way was answered with status %d", status)
	}
	stop := make(chan struct{})
	wait := afterwards.visit(t, s, 4, stop)
	largest := s.logUntil(t, revoke.Ended())
	took := time.Since(began)
	afterwards.reach(t, 500)
	close(stop)
	wait()

	t.Logf("%s sessions: over after %v, the command after %v, the log had %d KiB", said, ended, took, largest>>10)
	t.Logf("the slowest add: before %v, until they were over %v, afterwards %v, of %d", usual.slowest(), meanwhile.slowest(), afterwards.slowest(), afterwards.acked.Load())
	t.Logf("99 of 100 lookups took at most %v before, %v afterwards", before, s.lookups(t, s.begin(t)))
	if ended > promptEnd {
		t.Errorf("it took %v to end every session", ended)
	}
	for _, l := range []*ledger{&meanwhile, &afterwards} {
		if l.slowest() > promptRead {
			t.Errorf("a shopper waited %v for an answer", l.slowest())
		}
		if refused, _ := l.summary(); refused > 0 {
			t.Errorf("%d adds were refused", refused)
		}
		l.wantAnswers(t)
	}
	afterwards.wantKept(t, s)
	if code := revoke.Exit(t); code != 0 {
		t.Errorf("revoke ended with %d: %s", code, &revoke.Stderr)
	}
	if n := blackbox.Count(t, s.DB, "SELECT COUNT(*) FROM sqlite_schema WHERE name LIKE '%revoked%'"); n > 0 {
		t.Errorf("%d tables and indexes of ended sessions are left", n)
	}
	blackbox.WantWhole(t, s.DB)
}

// lookups has a session looked up many times, and one that is not there, and returns
// how long all but the slowest hundredth took at most.
func (s *shop) lookups(t testing.TB, cookie string) time.Duration {
	t.Helper()
	var took []time.Duration
	unknown := cookie[:len(cookie)-5] + "AAAAA"
	for range 500 {
		took = append(took, s.get(t, "/cart", cookie).Want(t, http.StatusOK).Took, s.get(t, "/cart", unknown).Want(t, http.StatusOK).Took)
	}
	slices.Sort(took)
	return took[len(took)*99/100]
}

// come has newcomers add one thing each, four at once, until f returns.
func (l *ledger) come(t testing.TB, s *shop, f func()) {
	stop := make(chan struct{})
	var done sync.WaitGroup
	defer done.Wait()
	defer close(stop)
	for range 4 {
		done.Go(func() {
			for !isClosed(stop) {
				a := s.add(t.Context(), "", "thing-1", 1)
				l.note(entry{a.Cookie, "thing-1", 1, a})
			}
		})
	}
	f()
}

func (l *ledger) slowest() time.Duration {
	_, slowest := l.summary()
	return slowest
}

// wantNothing fails the test where one of the cookies still has a cart.
func (s *shop) wantNothing(t testing.TB, cookies []string) {
	t.Helper()
	for _, cookie := range cookies {
		if cart := s.cart(t, cookie); len(cart) > 0 {
			t.Errorf("a session from before still has %v", cart)
		}
	}
}

// logUntil returns the largest size of the write-ahead log, in bytes, until done.
func (s *shop) logUntil(t testing.TB, done <-chan struct{}) (largest int64) {
	t.Helper()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		if log, err := os.Stat(s.DB + "-wal"); err == nil {
			largest = max(largest, log.Size())
		}
		select {
		case <-done:
			return largest
		case <-tick.C:
		}
	}
}
