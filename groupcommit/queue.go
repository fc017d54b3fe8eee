package groupcommit

import (
	"slices"
	"sync"
	"time"
)

// lane is where a request waits. The two lanes take turns; within one lane it
// is first come, first served.
type lane int

const (
	grouped   lane = iota // autocommit reads and writes
	exclusive             // transactions, and statements that run alone
)

// queue holds the requests that wait and the pen: whoever holds the pen uses the
// real connection, and nobody else does. That is the writer goroutine, or an
// open transaction, or a caller who found the pen free and nobody waiting.
//
// A request in the queue belongs to the caller who waits for it and can leave
// with remove; one that is taken belongs to the holder of the pen and will be
// answered. There is no third state, hence no statement that runs after its
// caller was told that it did not.
type queue struct {
	mu     sync.Mutex
	wake   sync.Cond // for the writer
	lanes  [2][]*request
	max    int
	last   lane // the lane that had its turn
	pen    bool // held
	closed bool

	// crowd is about how many statements came together of late, at most 1 if none
	// had company. Their callers are about to come again, and the first of them
	// must not run off alone.
	crowd  int
	enough chan struct{} // tells gather to wait no longer
}

func (q *queue) init(max int) {
	q.wake.L, q.max, q.last = &q.mu, max, exclusive
	q.enough = make(chan struct{}, 1)
}

func (q *queue) waiting() int { return len(q.lanes[grouped]) + len(q.lanes[exclusive]) }

// enter queues r, unless the pen is free and nobody waits nor is expected: then
// the caller holds the pen, and r is its own to run.
func (q *queue) enter(r *request) (mine bool, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case q.closed:
		return false, ErrClosed
	case !q.pen && q.waiting() == 0 && q.crowd <= 1:
		q.pen, q.last = true, r.lane()
		return true, nil
	case q.waiting() >= q.max:
		return false, ErrBusy
	}
	l := r.lane()
	q.lanes[l] = append(q.lanes[l], r)
	if !q.short() {
		q.stopGathering()
	}
	if !q.pen { // else whoever holds it wakes the writer on yielding
		q.wake.Signal()
	}
	return false, nil
}

// yield puts the pen down.
func (q *queue) yield() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.pen = false
	if q.closed || q.waiting() > 0 {
		q.wake.Signal()
	}
}

// next waits until the pen is free and somebody waits for it, picks it up and
// says whose turn it is. It returns false, with the pen, when the queue is
// closed and empty.
func (q *queue) next() (lane, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for q.pen || q.waiting() == 0 && !q.closed {
		q.wake.Wait()
	}
	q.pen = true
	if q.waiting() == 0 {
		return 0, false
	}
	if other := 1 - q.last; len(q.lanes[other]) > 0 {
		q.last = other
	}
	return q.last, true
}

// head returns the first request of a lane, nil if there is none, and its class.
// The request is to be compared only: its caller may leave with it.
func (q *queue) head(l lane) (*request, class) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.lanes[l]) == 0 {
		return nil, 0
	}
	return q.lanes[l][0], q.lanes[l][0].class
}

// gather lets the callers of the last groups come with their next statement
// before the next group is taken, so that fewer commits serve as many. It waits
// until as many are there again, or somebody for a transaction, and no longer
// than patience.
func (q *queue) gather(patience time.Duration) {
	q.mu.Lock()
	short := q.short()
	select {
	case <-q.enough: // of an earlier crowd
	default:
	}
	q.mu.Unlock()
	if !short || patience <= 0 {
		return
	}
	timeout := time.NewTimer(patience)
	defer timeout.Stop()
	select {
	case <-q.enough:
	case <-timeout.C:
	}
}

// short reports whether it is worth the while to wait for more statements.
func (q *queue) short() bool {
	return q.crowd > 1 && len(q.lanes[grouped]) < q.crowd && len(q.lanes[exclusive]) == 0 && !q.closed
}

func (q *queue) stopGathering() {
	select {
	case q.enough <- struct{}{}:
	default:
	}
}

// remove takes r out of the queue and reports whether it was still there.
func (q *queue) remove(r *request) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	l := r.lane()
	i := slices.Index(q.lanes[l], r)
	if i >= 0 {
		q.lanes[l] = slices.Delete(q.lanes[l], i, i+1)
	}
	return i >= 0
}

// take appends the first requests of a lane to batch for as long as more says
// so. What is taken will be run and answered.
func (q *queue) take(l lane, batch []*request, more func(*request) bool) []*request {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := 0
	for n < len(q.lanes[l]) && more(q.lanes[l][n]) {
		n++
	}
	batch = append(batch, q.lanes[l][:n]...)
	if l == grouped {
		q.crowd = max(n, q.crowd/2)
	}
	q.lanes[l] = slices.Delete(q.lanes[l], 0, n)
	return batch
}

// pop takes the first request of a lane, nil if there is none.
func (q *queue) pop(l lane) *request {
	var first *request
	q.take(l, nil, func(r *request) bool {
		if first != nil {
			return false
		}
		first = r
		return true
	})
	return first
}

// close lets nobody in any more. What waits is still served.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.stopGathering()
	q.wake.Signal()
}
