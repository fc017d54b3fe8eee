// Package ratelimit bounds how often something is done for each of many keys, in
// bounded memory.
package ratelimit

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Limit lets each key do something every so often, and a burst of it at once. It
// remembers two generations of keys: when the young one is full, the old one is
// dropped. It is safe for concurrent use.
type Limit[K comparable] struct {
	every      rate.Limit
	burst, max int
	mu         sync.Mutex
	young, old map[K]*rate.Limiter
}

// New returns a Limit of burst times at once, and then one every so often. A generation
// has at most max keys.
func New[K comparable](every time.Duration, burst, max int) *Limit[K] {
	return &Limit[K]{every: rate.Every(every), burst: burst, max: max}
}

// Take counts once more for a key, and returns 0; or counts nothing, and returns after
// how long it may be tried again. undo takes it back.
func (l *Limit[K]) Take(key K) (undo func(), wait time.Duration) {
	now := time.Now()
	taken := l.of(key).ReserveN(now, 1)
	undo = func() { taken.CancelAt(now) }
	if wait = taken.DelayFrom(now); wait > 0 {
		undo()
	}
	return undo, wait
}

// Len returns how many keys are remembered; one may be in both generations.
func (l *Limit[K]) Len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.young) + len(l.old)
}

// of returns the limiter of a key, which is in the young generation then.
func (l *Limit[K]) of(key K) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	known, ok := l.young[key]
	if ok {
		return known
	}
	if known, ok = l.old[key]; !ok {
		known = rate.NewLimiter(l.every, l.burst)
	}
	if l.young == nil || len(l.young) >= l.max {
		l.old, l.young = l.young, make(map[K]*rate.Limiter)
	}
	l.young[key] = known
	return known
}
