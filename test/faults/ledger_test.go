package faults

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"trolley/test/blackbox"
)

// ledger is what visitors asked for, and what they were told.
type ledger struct {
	mu      sync.Mutex
	entries []entry
	acked   atomic.Int64
	dark    atomic.Bool // no answer gets through any more: the machine has no power
}

// entry is one add. Of each session every product is added once, so that the
// cart tells of every add whether it is there.
type entry struct {
	cookie, sku string
	quantity    int
	answer      blackbox.Reply
}

var errDark = errors.New("the power was cut before the answer arrived")

// maxAdds keeps a cart within its limits: 50 lines, 20 units each, 200 in all.
const maxAdds = 45

// visit has visitors add to their carts, each one thing after the other, until
// stop is closed. A full cart is left for a new one, as soon as one can be had.
func (l *ledger) visit(t testing.TB, s *shop, visitors int, stop <-chan struct{}) (wait func()) {
	t.Helper()
	cookies := make([]string, visitors)
	for i := range cookies {
		cookies[i] = s.begin(t)
	}
	return l.visitAs(t.Context(), s, cookies, stop)
}

// visitAs is visit for sessions that have begun.
func (l *ledger) visitAs(ctx context.Context, s *shop, cookies []string, stop <-chan struct{}) (wait func()) {
	var done sync.WaitGroup
	for _, cookie := range cookies {
		done.Go(func() {
			for n := 2; !isClosed(stop); n++ {
				if n <= maxAdds {
					l.add(ctx, s, cookie, "thing-"+strconv.Itoa(n), 1+n%4)
					continue
				}
				a := s.add(ctx, "", "thing-1", 1)
				l.note(entry{a.Cookie, "thing-1", 1, a})
				if a.IsAcknowledged() {
					cookie, n = a.Cookie, 1
				}
			}
		})
	}
	return done.Wait
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

func (l *ledger) add(ctx context.Context, s *shop, cookie, sku string, quantity int) {
	l.note(entry{cookie, sku, quantity, s.add(ctx, cookie, sku, quantity)})
}

func (l *ledger) note(e entry) {
	if l.dark.Load() {
		e.answer = blackbox.Reply{Err: errDark}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.entries = append(l.entries, e)
	if e.answer.IsAcknowledged() {
		l.acked.Add(1)
	}
}

// audit compares the ledger with the carts: acknowledged adds that are not there,
// refused ones that are, and ones of which there is a part.
func (l *ledger) audit(t testing.TB, s *shop) (lost, late, torn int) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	carts := map[string]map[string]int{}
	for _, e := range l.entries {
		if carts[e.cookie] == nil {
			carts[e.cookie] = s.cart(t, e.cookie)
		}
		got := carts[e.cookie][e.sku]
		switch {
		case e.answer.IsAcknowledged() && got != e.quantity:
			lost++
		case e.answer.IsRefused() && got != 0:
			late++
		case got != 0 && got != e.quantity:
			torn++
		}
	}
	return lost, late, torn
}

// wantKept fails the test unless every acknowledged add is there.
func (l *ledger) wantKept(t testing.TB, s *shop) {
	t.Helper()
	if lost, _, torn := l.audit(t, s); lost > 0 || torn > 0 {
		t.Errorf("of %d acknowledged adds %d are lost, %d of all are there in part", l.acked.Load(), lost, torn)
	}
}

// wantTold fails the test unless every add is there if it was acknowledged, and
// is not if it was refused.
func (l *ledger) wantTold(t testing.TB, s *shop) {
	t.Helper()
	l.wantKept(t, s)
	if _, late, _ := l.audit(t, s); late > 0 {
		t.Errorf("%d adds were answered with 503 and are there", late)
	}
}

// wantAnswers fails the test for any answer but an acknowledgement and a 503.
func (l *ledger) wantAnswers(t testing.TB) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range l.entries {
		if e.answer.Err != nil || !e.answer.IsAcknowledged() && !e.answer.IsRefused() {
			t.Errorf("add of %s: status %d, %q, %v\n%s", e.sku, e.answer.Status, e.answer.Location, e.answer.Err, e.answer.Body)
			return
		}
	}
}

// refused counts the adds that were answered with 503, and slowest is the longest
// that any answer took.
func (l *ledger) summary() (refused int, slowest time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range l.entries {
		if e.answer.IsRefused() {
			refused++
		}
		slowest = max(slowest, e.answer.Took)
	}
	return refused, slowest
}

// reach waits until n adds are acknowledged.
func (l *ledger) reach(t testing.TB, n int64) {
	t.Helper()
	eventually(t, strconv.FormatInt(n, 10)+" adds are acknowledged", func() bool { return l.acked.Load() >= n })
}
