// Package ttlcache keeps answers for a moment, so that a thousand readers a second
// ask the database twice a second. Nothing has to tell the cache that something
// changed: no answer is older than its time to live, whoever changed what, in
// whichever process.
package ttlcache

import (
	"context"
	"sync"
	"time"
)

// Cache keeps the answers to keys for at most a time to live. Answers are shared
// between callers, who must not change them.
type Cache[K comparable, V any] struct {
	ttl   time.Duration
	limit int
	load  func(context.Context, K) (V, error)

	mu      sync.Mutex
	until   time.Time // when all answers are dropped
	answers map[K]*answer[V]
}

type answer[V any] struct {
	known chan struct{} // closed when value and err are set
	value V
	err   error
}

// New returns a cache of at most limit answers of load, each younger than ttl. Further
// keys are answered, and not kept.
func New[K comparable, V any](ttl time.Duration, limit int, load func(context.Context, K) (V, error)) *Cache[K, V] {
	return &Cache[K, V]{ttl: ttl, limit: limit, load: load}
}

// Get returns the answer to key: the one that is kept, or what load returns.
// Callers who ask at the same time share one load. Errors are not kept, and
// only the caller whose load failed gets one: the others ask for themselves.
func (c *Cache[K, V]) Get(ctx context.Context, key K) (v V, err error) {
	a, mine := c.claim(key)
	switch {
	case a == nil:
		return c.load(ctx, key)
	case mine:
		c.fill(ctx, key, a)
		return a.value, a.err
	}
	select {
	case <-a.known:
	case <-ctx.Done():
		return v, ctx.Err()
	}
	if a.err != nil {
		return c.load(ctx, key)
	}
	return a.value, nil
}

// Forget drops all answers. What was asked for before is not kept.
func (c *Cache[K, V]) Forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.until = time.Time{}
}

// claim returns the answer to key, and whether the caller is the one to fill
// it; nil where there is no room for another.
func (c *Cache[K, V]) claim(key K) (a *answer[V], mine bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := time.Now(); !now.Before(c.until) {
		c.until, c.answers = now.Add(c.ttl), make(map[K]*answer[V])
	}
	if a = c.answers[key]; a != nil || len(c.answers) >= c.limit {
		return a, false
	}
	a = &answer[V]{known: make(chan struct{})}
	c.answers[key] = a
	return a, true
}

func (c *Cache[K, V]) fill(ctx context.Context, key K, a *answer[V]) {
	a.err = context.Canceled // what others see should load panic
	defer func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if a.err != nil && c.answers[key] == a {
			delete(c.answers, key)
		}
		close(a.known)
	}()
	a.value, a.err = c.load(ctx, key)
}
