package session

import (
	"context"
	"sync"
	"time"
)

// gate lets the unsafe requests of one session pass one at a time, in the order in
// which they came. It only spares work: what keeps updates is the compare-and-swap in
// the store, which holds between processes as well.
type gate struct {
	mu    sync.Mutex
	turns map[string]*turn
}

type turn struct {
	taken chan struct{} // holds one value while a request is inside
	users int           // inside or waiting; guarded by gate.mu
}

// enter waits for the turn of session id, at most wait, and returns the function that
// gives it back. It returns ErrBusy or the context's error.
func (g *gate) enter(ctx context.Context, id string, wait time.Duration) (leave func(), err error) {
	t := g.count(id, 1)
	leave = func() { <-t.taken; g.count(id, -1) }
	select {
	case t.taken <- struct{}{}:
		return leave, nil
	default: // only a request that waits needs a timer
	}
	ctx, cancel := context.WithTimeoutCause(ctx, wait, ErrBusy)
	defer cancel()
	select {
	case t.taken <- struct{}{}:
		return leave, nil
	case <-ctx.Done():
		g.count(id, -1)
		return nil, context.Cause(ctx)
	}
}

// count counts the users of a turn up or down. A turn without users is forgotten.
func (g *gate) count(id string, users int) *turn {
	g.mu.Lock()
	defer g.mu.Unlock()
	t := g.turns[id]
	if t == nil {
		t = &turn{taken: make(chan struct{}, 1)}
		g.turns[id] = t
	}
	if t.users += users; t.users == 0 {
		delete(g.turns, id)
	}
	return t
}
