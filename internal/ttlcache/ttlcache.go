// Package ttlcache keeps answers for a moment, so that a thousand readers a second
// ask the database twice a second. Nothing has to tell the cache that something
// changed: no answer is older than its time to live, whoever changed what, in
// whichever process.
package ttlcache

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// Cache keeps the answers to keys for at most a time to live. Answers are shared
// between callers, who must not change them.
type Cache[K comparable, V any] struct {
	ttl        time.Duration
	limit      int
	generation atomic.Pointer[generation[K, V]]
}

// generation is what was learned since one moment. It is dropped as a whole:
// what was asked for before that never enters the next one.
type generation[K comparable, V any] struct {
	until   time.Time
	mu      sync.RWMutex
	answers map[K]*answer[V]
}

type answer[V any] struct {
	known chan struct{} // closed when value and err are set
	value V
	err   error
}

// New returns a cache of at most limit answers, each younger than ttl. Further
// keys are answered, and not kept.
func New[K comparable, V any](ttl time.Duration, limit int) *Cache[K, V] {
	c := &Cache[K, V]{ttl: ttl, limit: limit}
	c.Forget()
	return c
}

// Get returns the answer to key: the one that is kept, or what load returns.
// Callers who ask at the same time share one load. Errors are not kept, and
// only the caller whose load failed gets one: the others ask for themselves.
func (c *Cache[K, V]) Get(ctx context.Context, key K, load func() (V, error)) (V, error) {
	g := c.current()
	a, mine := g.claim(key, c.limit)
	switch {
	case a == nil:
		return load()
	case mine:
		g.fill(key, a, load)
		return a.value, a.err
	}
	select {
	case <-a.known:
	case <-ctx.Done():
		return a.zero(), ctx.Err()
	}
	if a.err != nil {
		return load()
	}
	return a.value, nil
}

// Forget drops all answers.
func (c *Cache[K, V]) Forget() {
	c.generation.Store(&generation[K, V]{until: time.Now().Add(c.ttl), answers: make(map[K]*answer[V])})
}

func (c *Cache[K, V]) current() *generation[K, V] {
	g := c.generation.Load()
	if time.Now().Before(g.until) {
		return g
	}
	next := &generation[K, V]{until: time.Now().Add(c.ttl), answers: make(map[K]*answer[V])}
	if c.generation.CompareAndSwap(g, next) {
		return next
	}
	return c.generation.Load()
}

// claim returns the answer to key, and whether the caller is the one to fill
// it; nil where there is no room for another.
func (g *generation[K, V]) claim(key K, limit int) (a *answer[V], mine bool) {
	g.mu.RLock()
	a = g.answers[key]
	g.mu.RUnlock()
	if a != nil {
		return a, false
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if a = g.answers[key]; a != nil || len(g.answers) >= limit {
		return a, false
	}
	a = &answer[V]{known: make(chan struct{})}
	g.answers[key] = a
	return a, true
}

func (g *generation[K, V]) fill(key K, a *answer[V], load func() (V, error)) {
	a.err = context.Canceled // what others see should load panic
	defer func() {
		if a.err != nil {
			g.mu.Lock()
			delete(g.answers, key)
			g.mu.Unlock()
		}
		close(a.known)
	}()
	a.value, a.err = load()
}

func (*answer[V]) zero() (v V) { return v }
