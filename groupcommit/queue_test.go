package groupcommit

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func newQueue(max int) *queue {
	q := new(queue)
	q.init(max)
	return q
}

// enter has r enter q and checks whether it got the lock.
func enter(t *testing.T, q *queue, r *request, want bool) {
	t.Helper()
	if acquired, err := q.enter(r); acquired != want || err != nil {
		t.Errorf("enter: %v, %v, want %v", acquired, err, want)
	}
}

func TestNobodyOvertakesWhoWaits(t *testing.T) {
	t.Parallel()
	q := newQueue(10)
	enter(t, q, &request{}, true)
	second := &request{}
	enter(t, q, second, false)
	q.release()
	enter(t, q, &request{}, false) // the writer has not come for the second yet
	if l, open := q.next(); l != grouped || !open {
		t.Errorf("next: lane %v, %v", l, open)
	}
	if got, _ := q.head(grouped); got != second {
		t.Error("the second is not the first to be served")
	}
}

func TestAfterAGroupTheFirstToComeWaitsForTheOthers(t *testing.T) {
	t.Parallel()
	q := newQueue(10)
	all := func(*request) bool { return true }
	enter(t, q, &request{}, true)
	enter(t, q, &request{}, false)
	enter(t, q, &request{}, false)
	if got := q.take(nil, all); len(got) != 2 {
		t.Errorf("took %d, want 2", len(got))
	}
	q.release()
	enter(t, q, &request{}, false)
	if got := q.take(nil, all); len(got) != 1 {
		t.Errorf("took %d, want 1", len(got))
	}
	enter(t, q, &request{}, true) // no company is expected
}

// gathering has the writer of q gather after a group of three, of which one is
// there again, and returns a channel that is closed when it has.
func gathering(q *queue) <-chan struct{} {
	q.held, q.recentGroupSize = true, 3
	q.lanes[grouped] = []*request{{}}
	done := make(chan struct{})
	go func() {
		q.gather(time.Hour)
		close(done)
	}()
	return done
}

func TestAGroupGathersUntilItsCallersAreThereAgain(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		then func(*testing.T, *queue)
	}{
		{"all three", func(t *testing.T, q *queue) { enter(t, q, &request{}, false); enter(t, q, &request{}, false) }},
		{"a transaction", func(t *testing.T, q *queue) { enter(t, q, &request{begins: true}, false) }},
		{"the end", func(_ *testing.T, q *queue) { q.close() }},
	}
	for _, test := range tests {
		synctest.Test(t, func(t *testing.T) {
			q := newQueue(10)
			q.stopGathering() // a leftover: it must not end this gathering
			done := gathering(q)
			synctest.Wait()
			select {
			case <-done:
				t.Errorf("%s: gathered without", test.name)
			default:
			}
			began := time.Now()
			test.then(t, q)
			<-done
			if waited := time.Since(began); waited != 0 {
				t.Errorf("%s: gathered %v longer", test.name, waited)
			}
		})
	}
}

func TestAGroupGathersNoLongerThanItMay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q, began := newQueue(10), time.Now()
		q.recentGroupSize = 3
		q.gather(time.Millisecond)
		if took := time.Since(began); took != time.Millisecond {
			t.Errorf("gathered for %v", took)
		}
		q.gather(-1)
		q.recentGroupSize = 1
		q.gather(time.Hour)
		if took := time.Since(began); took != time.Millisecond {
			t.Errorf("gathered for %v where it should not at all", took)
		}
	})
}

func TestOneWhoLeftIsNotTaken(t *testing.T) {
	t.Parallel()
	q := newQueue(10)
	enter(t, q, &request{}, true)
	leaver, tx := &request{}, &request{begins: true}
	enter(t, q, leaver, false)
	enter(t, q, tx, false)
	if !q.remove(leaver) || q.remove(leaver) {
		t.Error("remove must succeed once")
	}
	if got := q.pop(false); got != tx || q.remove(tx) || q.pop(false) != nil {
		t.Error("what is taken is neither removed nor taken again")
	}
	q.close()
	if _, err := q.enter(leaver); !errors.Is(err, ErrClosed) {
		t.Errorf("enter after close: %v", err)
	}
}
