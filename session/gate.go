package session

import (
	"context"
	"sync"
	"time"
)

// gate lets the unsafe requests of one session pass one at a time, in the
// order in which they came. It spares work, no more: what keeps updates is the
// compare-and-swap in the store, which holds between processes as well.
type gate struct {
	mu    sync.Mutex
	turns map[string]*turn
}

type turn struct {
	taken chan struct{} // holds one value while a request is inside
	users int           // inside or waiting; guarded by gate.mu
}

// enter waits for the turn of session id, at most wait, and returns the
// function that gives it back. It returns ErrBusy or the context's error.
func (g *gate) enter(ctx context.Context, id string, wait time.Duration) (leave func(), err error) {
	t := g.join(id)
	leave = func() { <-t.taken; g.part(id, t) }
	select {
	case t.taken <- struct{}{}: // no wait: no timer
		return leave, nil
	default:
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case t.taken <- struct{}{}:
		return leave, nil
	case <-ctx.Done():
		err = ctx.Err()
	case <-timer.C:
		err = ErrBusy
	}
	g.part(id, t)
	return nil, err
}

func (g *gate) join(id string) *turn {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.turns == nil {
		g.turns = make(map[string]*turn)
	}
	t := g.turns[id]
	if t == nil {
		t = &turn{taken: make(chan struct{}, 1)}
		g.turns[id] = t
	}
	t.users++
	return t
}

func (g *gate) part(id string, t *turn) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if t.users--; t.users == 0 {
		delete(g.turns, id)
	}
}
