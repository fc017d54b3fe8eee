package inspector

import (
	"slices"
	"sync"
	"time"

	"trolley/internal/inspector/recent"
)

const heartbeat = 10 * time.Second

// maxPending is how many changes wait for one viewer; of further ones only the
// number is told.
const maxPending = 32

// viewers are those to whom changes are told as they happen.
type viewers struct {
	heartbeat time.Duration // between two signs of life

	mu     sync.Mutex
	open   []*viewer
	closed chan struct{} // nobody is told anything any more
}

// viewer is one of them. It is told by a signal that there is something to take.
type viewer struct {
	signal  chan struct{}
	pending pending // guarded by viewers.mu
}

// pending is what a viewer was not told yet.
type pending struct {
	changes []recent.Change
	more    int  // changes beyond these
	sampled bool // there are new numbers to plot
}

func newViewers() *viewers { return &viewers{heartbeat: heartbeat, closed: make(chan struct{})} }

// join adds a viewer, who leaves by the function returned; nil where there are
// enough of them.
func (v *viewers) join() (*viewer, func()) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.open) >= maxViewers {
		return nil, nil
	}
	joined := &viewer{signal: make(chan struct{}, 1)}
	v.open = append(v.open, joined)
	return joined, func() {
		v.mu.Lock()
		defer v.mu.Unlock()
		v.open = slices.DeleteFunc(v.open, func(other *viewer) bool { return other == joined })
	}
}

func (v *viewers) count() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return len(v.open)
}

// tell tells all viewers of a change. It waits for none of them.
func (v *viewers) tell(c recent.Change) {
	v.each(func(p *pending) {
		if len(p.changes) < maxPending {
			p.changes = append(p.changes, c)
		} else {
			p.more++
		}
	})
}

// tellSampled tells all viewers that there are new numbers to plot.
func (v *viewers) tellSampled() { v.each(func(p *pending) { p.sampled = true }) }

func (v *viewers) each(f func(*pending)) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, one := range v.open {
		f(&one.pending)
		select {
		case one.signal <- struct{}{}:
		default: // it has been told and did not come yet
		}
	}
}

// take returns what a viewer was not told yet.
func (v *viewers) take(by *viewer) pending {
	v.mu.Lock()
	defer v.mu.Unlock()
	p := by.pending
	by.pending = pending{}
	return p
}

// hangUp ends all streams, those to come included: they never end by themselves,
// and a server that stops waits for them.
func (v *viewers) hangUp() {
	v.mu.Lock()
	defer v.mu.Unlock()
	select {
	case <-v.closed:
	default:
		close(v.closed)
	}
}
