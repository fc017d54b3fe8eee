package faults

import (
	"net/http"
	"strings"
	"testing"

	"trolley/test/blackbox"
	"trolley/test/proctest"
)

// After an fsync that failed, the next one may report success without having
// written what the first could not: https://wiki.postgresql.org/wiki/Fsync_Errors.
// So the shop takes nothing any more, and ends.
func TestFailedFsyncStopsTheShop(t *testing.T) {
	t.Parallel()
	s := plenty(t, proctest.Trolley, blackbox.NewDB(t))
	var l ledger
	stop := make(chan struct{})
	wait := l.visit(t, s, 4, stop)
	l.reach(t, 50)
	s.inject(t, "error=EIO")
	wantFailed(t, s)
	close(stop)
	wait()
	for _, e := range l.entries {
		if a := e.answer; a.Err == nil && !a.IsAcknowledged() && !a.IsRefused() {
			t.Errorf("add of %s: status %d, %q\n%s", e.sku, a.Status, a.Location, a.Body)
		}
	}
	s = start(t, s.DB)
	blackbox.WantWhole(t, s.DB)
	l.wantKept(t, s)
	s.begin(t)
}

// Whether the order whose commit failed is there, its shopper is not told, since
// nobody knows. Who sends it again has it once.
func TestOrderInDoubtIsFoundByItsCart(t *testing.T) {
	t.Parallel()
	s := plenty(t, proctest.Trolley, blackbox.NewDB(t))
	order := s.checkout(t)
	s.inject(t, "error=EIO")
	if a := order.send(t, s); !a.IsRefused() || !strings.Contains(a.Body, "could not make sure") {
		t.Errorf("an order in doubt: status %d, %v\n%s", a.Status, a.Err, a.Body)
	}
	wantFailed(t, s)

	s = start(t, s.DB)
	t.Logf("after the restart %d orders are there", blackbox.Count(t, s.DB, "SELECT COUNT(*) FROM orders"))
	for range 2 {
		a := order.send(t, s).Want(t, http.StatusSeeOther)
		if !a.IsOrdered() {
			t.Errorf("the order leads to %s", a.Location)
		}
	}
	wantOrders(t, s.DB, order)
	blackbox.WantWhole(t, s.DB)
}

// wantFailed waits for the shop to end with code 1 and one line that says why.
func wantFailed(t testing.TB, s *shop) {
	t.Helper()
	if code := s.Exit(t); code != 1 {
		t.Errorf("exit code %d, want 1", code)
	}
	line := s.Stderr.LastLine()
	for _, part := range []string{"trolley: ", "the disk failed", s.DB} {
		if !strings.Contains(line, part) {
			t.Errorf("no %q in the last line: %s", part, line)
		}
	}
}
