package groupcommit

import (
	"errors"
	"testing"
)

func newQueue(max int) *queue {
	q := new(queue)
	q.init(max)
	return q
}

// enter has r enter q and checks whether it got the pen.
func enter(t *testing.T, q *queue, r *request, want bool) {
	t.Helper()
	if mine, err := q.enter(r); mine != want || err != nil {
		t.Errorf("enter: %v, %v, want %v", mine, err, want)
	}
}

func TestNobodyOvertakesWhoWaits(t *testing.T) {
	t.Parallel()
	q := newQueue(10)
	enter(t, q, &request{}, true)
	second := &request{}
	enter(t, q, second, false)
	q.yield()
	enter(t, q, &request{}, false) // the writer has not come for the second yet
	if l, open := q.next(); l != grouped || !open {
		t.Errorf("next: lane %v, %v", l, open)
	}
	if got, _ := q.head(grouped); got != second {
		t.Error("the second is not the first to be served")
	}
}

func TestAfterACrowdTheFirstToComeWaitsForTheOthers(t *testing.T) {
	t.Parallel()
	q := newQueue(10)
	all := func(*request) bool { return true }
	enter(t, q, &request{}, true)
	enter(t, q, &request{}, false)
	enter(t, q, &request{}, false)
	if got := q.take(grouped, nil, all); len(got) != 2 {
		t.Errorf("took %d, want 2", len(got))
	}
	q.yield()
	enter(t, q, &request{}, false)
	if got := q.take(grouped, nil, all); len(got) != 1 {
		t.Errorf("took %d, want 1", len(got))
	}
	enter(t, q, &request{}, true) // the crowd is gone
}

func TestOneWhoLeftIsNotTaken(t *testing.T) {
	t.Parallel()
	q := newQueue(10)
	enter(t, q, &request{}, true)
	leaver, tx := &request{}, &request{do: func(*request) {}}
	enter(t, q, leaver, false)
	enter(t, q, tx, false)
	if !q.remove(leaver) || q.remove(leaver) {
		t.Error("remove must succeed once")
	}
	if got := q.pop(exclusive); got != tx || q.remove(tx) || q.pop(exclusive) != nil {
		t.Error("what is taken is neither removed nor taken again")
	}
	q.close()
	if _, err := q.enter(leaver); !errors.Is(err, ErrClosed) {
		t.Errorf("enter after close: %v", err)
	}
}
