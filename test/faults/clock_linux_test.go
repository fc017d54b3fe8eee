package faults

import (
	"encoding/binary"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"trolley/test/blackbox"
	"trolley/test/proctest"
)

// settable is the program on a clock that can be set, for it alone. Go asks the
// kernel for the time without a system call (vDSO), where nothing comes between;
// so the function that asks adds what a file says, which is mapped into memory. The
// monotonic clock stays, as it does when the clock of a machine is set.
var settable = proctest.Seeded("settable",
	proctest.Edit{File: "$GOROOT/src/time/time.go",
		Old: "\tsec, nsec, mono := runtimeNow()\n\tif mono == 0 {",
		New: "\tsec, nsec, mono := runtimeNow()\n\tsec += ahead()\n\tif mono == 0 {"},
	proctest.Edit{File: "$GOROOT/src/time/sys_unix.go",
		Old: "\t\"runtime\"\n\t\"syscall\"\n)\n",
		New: `	"runtime"
	"sync/atomic"
	"syscall"
	"unsafe"
)

var secondsAhead = mapClock()

func mapClock() *int64 {
	name, found := syscall.Getenv("TEST_CLOCK")
	if !found {
		return new(int64)
	}
	fd, err := syscall.Open(name, syscall.O_RDONLY, 0)
	if err != nil {
		panic(err)
	}
	page, err := syscall.Mmap(fd, 0, 8, syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		panic(err)
	}
	return (*int64)(unsafe.Pointer(&page[0]))
}

func ahead() int64 { return atomic.LoadInt64(secondsAhead) }
`})

// clock is a file that says by how many seconds a clock is wrong.
type clock struct{ file string }

func newClock(t testing.TB) clock {
	t.Helper()
	c := clock{filepath.Join(t.TempDir(), "clock")}
	c.set(t, 0)
	return c
}

func (c clock) set(t testing.TB, ahead time.Duration) {
	t.Helper()
	overwrite(t, c.file, 0, binary.NativeEndian.AppendUint64(nil, uint64(ahead/time.Second)))
}

// start starts a shop on this clock.
func (c clock) start(t testing.TB, db, idleTimeout string) *shop {
	t.Helper()
	return startBuilt(t, settable, []string{"env", "TEST_CLOCK=" + c.file, "TROLLEY_IDLE_TIMEOUT=" + idleTimeout}, db)
}

// wantClock fails the test unless the shop's clock is wrong by so much.
func (s *shop) wantClock(t testing.TB, ahead time.Duration) {
	t.Helper()
	date, err := http.ParseTime(s.get(t, "/healthz", "").Header.Get("Date"))
	if off := time.Until(date) - ahead; err != nil || off.Abs() > time.Minute {
		t.Fatalf("the shop's clock shows %v, %v off; error %v", date, off, err)
	}
}

const lifetime = 720 * time.Hour // of a session, unless a flag says otherwise

func TestClockSetForward(t *testing.T) {
	t.Parallel()
	proctest.Need(t, "env")
	for name, by := range map[string]struct {
		ahead       time.Duration
		idleTimeout string
	}{
		"a day":     {24 * time.Hour, "12h"},
		"ten years": {10 * 365 * 24 * time.Hour, "0"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, db := newClock(t), blackbox.NewDB(t)
			s := c.start(t, db, by.idleTimeout)
			blackbox.Change(t, db, blackbox.Shelves)
			cookie, order := s.begin(t), s.checkout(t)
			if a := order.send(t, s); !a.IsOrdered() {
				t.Fatalf("an order: status %d", a.Status)
			}
			orders := blackbox.Texts(t, db, allOrders)
			if cart := s.cart(t, cookie); cart["thing-1"] != 1 { // and is kept in memory from now on
				t.Errorf("the cart is %v", cart)
			}

			c.set(t, by.ahead)
			s.wantClock(t, by.ahead)
			if cart := s.cart(t, cookie); len(cart) > 0 {
				t.Errorf("a session that has expired holds %v", cart)
			}
			a := s.add(t.Context(), cookie, "thing-2", 1)
			if !a.IsAcknowledged() || a.Cookie == "" || a.Cookie == cookie {
				t.Errorf("an add of a session that has expired: status %d, cookie %q", a.Status, a.Cookie)
			}
			s.wantHealthy(t, a.Cookie)
			s.Stop(t)
			s = c.start(t, db, by.idleTimeout) // and purges
			eventually(t, "what has expired is purged", func() bool { return blackbox.Count(t, db, "SELECT COUNT(*) FROM sessions") == 1 })
			if cart := s.cart(t, a.Cookie); cart["thing-2"] != 1 {
				t.Errorf("after the purge, the live cart is %v", cart)
			}
			if got := blackbox.Texts(t, db, allOrders); !slices.Equal(got, orders) {
				t.Errorf("the orders were %q and are %q", orders, got)
			}
			wantOrders(t, db, order)
			blackbox.WantWhole(t, db)
		})
	}
}

const allOrders = `SELECT number || cart_id || email || total || placed_at || sku || line_total FROM orders
JOIN order_lines ON order_number = number ORDER BY number, order_lines.position`

func TestClockSetBack(t *testing.T) {
	t.Parallel()
	proctest.Need(t, "env")
	for name, by := range map[string]struct {
		back, idle time.Duration
	}{
		"a day":                       {24 * time.Hour, 0},
		"a day, with an idle timeout": {24 * time.Hour, time.Hour},
		"a leap second":               {time.Second, time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, db := newClock(t), blackbox.NewDB(t)
			s := c.start(t, db, by.idle.String())
			blackbox.Change(t, db, blackbox.Shelves)
			cookie, ended := s.begin(t), s.begin(t)
			deadline := time.Now().Add(lifetime)
			s.send(t.Context(), "/session/destroy", ended, blackbox.Form()).Want(t, http.StatusSeeOther)

			setBackAmidAdds(t, s, c, by.back)
			now := time.Now().Add(-by.back)
			s.wantHealthy(t, cookie)
			ends := deadline
			if by.idle > 0 {
				ends = now.Add(by.idle)
			}
			if at := expiry(t, db, cookie); at.Sub(ends).Abs() > time.Minute {
				t.Errorf("a session that was just used ends at %v, want %v", at, ends)
			}
			if a := s.add(t.Context(), ended, "thing-2", 1); by.back > time.Minute && !a.IsAcknowledged() {
				t.Errorf("who still has the cookie of a session that has ended is answered with %d", a.Status)
			}
			blackbox.Change(t, db, "UPDATE products SET name = 'Another mug' WHERE sku = 'enamel-mug'")
			eventually(t, "pages show the change", func() bool {
				return strings.Contains(s.get(t, "/products/enamel-mug", "").Body, "Another mug")
			})
			s = purgeAgain(t, s, func() *shop { return c.start(t, db, by.idle.String()) })
			if cart := s.cart(t, cookie); cart["thing-1"] != 1 {
				t.Errorf("the cart is now %v", cart)
			}
			c.set(t, lifetime+time.Minute)
			if cart := s.cart(t, cookie); len(cart) > 0 {
				t.Errorf("a session outlives its deadline: %v", cart)
			}
			blackbox.WantWhole(t, db)
		})
	}
}

// setBackAmidAdds sets the clock back, and nobody who adds meanwhile notices.
func setBackAmidAdds(t testing.TB, s *shop, c clock, back time.Duration) {
	t.Helper()
	var l ledger
	stop := make(chan struct{})
	wait := l.visit(t, s, 4, stop)
	l.reach(t, 20)
	s.get(t, "/products/enamel-mug", "").Want(t, http.StatusOK) // of which it keeps a copy for a moment
	c.set(t, -back)
	s.wantClock(t, -back)
	l.reach(t, l.acked.Load()+100)
	close(stop)
	wait()
	refused, slowest := l.summary()
	if refused > 0 || slowest > promptRead {
		t.Errorf("%d adds were refused, the slowest took %v", refused, slowest)
	}
	l.wantAnswers(t)
	l.wantTold(t, s)
}

// purgeAgain has the shop start again, which purges, and wants no live session to go.
func purgeAgain(t testing.TB, s *shop, again func() *shop) *shop {
	t.Helper()
	live := blackbox.Count(t, s.DB, "SELECT COUNT(*) FROM sessions")
	s.Stop(t)
	blackbox.Change(t, s.DB, "INSERT INTO sessions (token, data, expiry) VALUES ('long expired', x'7b7d', 2.4e6)")
	s = again()
	eventually(t, "the shop purges", func() bool {
		return blackbox.Count(t, s.DB, "SELECT COUNT(*) FROM sessions WHERE token = 'long expired'") == 0
	})
	if n := blackbox.Count(t, s.DB, "SELECT COUNT(*) FROM sessions"); n != live {
		t.Errorf("of %d live sessions %d are left", live, n)
	}
	return s
}

// wantHealthy fails the test unless all kinds of pages are shown, and none failed.
func (s *shop) wantHealthy(t testing.TB, cookie string) {
	t.Helper()
	s.wantPages(t, cookie)
	s.get(t, "/session", cookie).Want(t, http.StatusOK)
	inspector := s.inspector(t)
	for _, path := range []string{"/sessions", "/sessions?sort=busiest", "/metrics", "/readyz"} {
		inspector.get(t, path, s.Operator(t)).Want(t, http.StatusOK)
	}
	if log := s.Stderr.String(); strings.Contains(log, "level=ERROR") {
		t.Errorf("the log has an error:\n%s", log)
	}
}

// expiry is when the row of a session ends.
func expiry(t testing.TB, db, cookie string) time.Time {
	t.Helper()
	const text = "SELECT CAST(ROUND((expiry - 2440587.5) * 86400) AS INTEGER) FROM sessions WHERE token = ?"
	return time.Unix(int64(blackbox.Count(t, db, text, blackbox.RowToken(cookie))), 0)
}
