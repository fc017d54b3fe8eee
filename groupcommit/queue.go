package groupcommit

import (
	"slices"
	"sync"
	"time"
)

// lane is where a request waits. The two lanes take turns; each is first in,
// first out.
type lane int

const (
	grouped   lane = iota // autocommit reads and writes
	exclusive             // transactions, and statements that run outside one
)

// queue holds the waiting requests and the writer lock. The lock's holder alone
// uses the real connection. It is the writer goroutine, or an open transaction,
// or a caller who found the lock free and the queue empty.
//
// A queued request belongs to its caller, who can withdraw it with remove. A
// taken request belongs to the lock's holder, who answers it. There is no third
// state, so no statement runs after its caller was told that it did not.
type queue struct {
	mu     sync.Mutex
	wake   sync.Cond // for the writer goroutine
	lanes  [2][]*request
	max    int
	last   lane // whose turn it was
	held   bool // the writer lock
	closed bool

	// recentGroupSize is about how many statements came together of late, at most
	// 1 if each came alone. Their callers are about to come again, and the first
	// of them must not run alone.
	recentGroupSize int
	enough          chan struct{} // ends gather
}

func (q *queue) init(max int) {
	q.wake.L, q.max, q.last = &q.mu, max, exclusive
	q.enough = make(chan struct{}, 1)
}

func (q *queue) waiting() int { return len(q.lanes[grouped]) + len(q.lanes[exclusive]) }

// enter queues r, unless the lock is free and no other request waits or is
// expected: then the caller holds the lock and runs r itself.
func (q *queue) enter(r *request) (acquired bool, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case q.closed:
		return false, ErrClosed
	case !q.held && q.waiting() == 0 && q.recentGroupSize <= 1:
		q.held, q.last = true, r.lane()
		return true, nil
	case q.waiting() >= q.max:
		return false, ErrBusy
	}
	l := r.lane()
	q.lanes[l] = append(q.lanes[l], r)
	if !q.incomplete() {
		q.stopGathering()
	}
	if !q.held { // otherwise release wakes the writer
		q.wake.Signal()
	}
	return false, nil
}

// release releases the writer lock.
func (q *queue) release() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.held = false
	if q.closed || q.waiting() > 0 {
		q.wake.Signal()
	}
}

// next acquires the writer lock once a request waits, and returns the lane whose
// turn it is. It returns false, with the lock, when the queue is closed and empty.
func (q *queue) next() (lane, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for q.held || q.waiting() == 0 && !q.closed {
		q.wake.Wait()
	}
	q.held = true
	if q.waiting() == 0 {
		return 0, false
	}
	if other := 1 - q.last; len(q.lanes[other]) > 0 {
		q.last = other
	}
	return q.last, true
}

// head returns the first request of a lane, nil if there is none, and whether it
// begins a transaction. r may only be compared: its caller may withdraw it.
func (q *queue) head(l lane) (r *request, begins bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.lanes[l]) == 0 {
		return nil, false
	}
	return q.lanes[l][0], q.lanes[l][0].begins
}

// length returns how many requests wait.
func (q *queue) length() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.waiting()
}

// gather waits until as many statements are queued as came together of late, so
// that fewer commits serve as many. It ends at once for a request of the
// exclusive lane, and after patience in any case.
func (q *queue) gather(patience time.Duration) {
	q.mu.Lock()
	incomplete := q.incomplete()
	select {
	case <-q.enough: // a leftover
	default:
	}
	q.mu.Unlock()
	if !incomplete || patience <= 0 {
		return
	}
	timeout := time.NewTimer(patience)
	defer timeout.Stop()
	select {
	case <-q.enough:
	case <-timeout.C:
	}
}

// incomplete reports whether more statements are expected.
func (q *queue) incomplete() bool {
	return q.recentGroupSize > 1 && len(q.lanes[grouped]) < q.recentGroupSize && len(q.lanes[exclusive]) == 0 && !q.closed
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

// take moves queued statements to batch while more returns true. Each of them must
// be answered.
func (q *queue) take(batch []*request, more func(*request) bool) []*request {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := 0
	for n < len(q.lanes[grouped]) && more(q.lanes[grouped][n]) {
		n++
	}
	batch = append(batch, q.lanes[grouped][:n]...)
	q.lanes[grouped] = slices.Delete(q.lanes[grouped], 0, n)
	q.recentGroupSize = max(n, q.recentGroupSize/2)
	return batch
}

// pop takes the first request of the exclusive lane, nil if there is none; with
// onlyTx, if it begins a transaction. It must be answered.
func (q *queue) pop(onlyTx bool) *request {
	q.mu.Lock()
	defer q.mu.Unlock()
	waiting := q.lanes[exclusive]
	if len(waiting) == 0 || onlyTx && !waiting[0].begins {
		return nil
	}
	first := waiting[0]
	q.lanes[exclusive] = slices.Delete(waiting, 0, 1)
	return first
}

// close refuses new requests. Those that wait are still served.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.stopGathering()
	q.wake.Signal()
}
