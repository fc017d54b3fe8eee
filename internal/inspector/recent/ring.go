package recent

import "sync"

// Ring keeps the last values that were added. It is safe for concurrent use.
type Ring[T any] struct {
	mu   sync.Mutex
	kept []T
	next int // where the oldest value is, once the ring is full
}

// NewRing returns an empty ring of size values, at least one.
func NewRing[T any](size int) *Ring[T] { return &Ring[T]{kept: make([]T, 0, max(size, 1))} }

// Add keeps v. In a full ring it takes the place of the oldest value.
func (r *Ring[T]) Add(v T) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.kept) < cap(r.kept) {
		r.kept = append(r.kept, v)
		return
	}
	r.kept[r.next] = v
	r.next = (r.next + 1) % len(r.kept)
}

// All returns a copy of the values, the oldest first.
func (r *Ring[T]) All() []T {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append(append(make([]T, 0, len(r.kept)), r.kept[r.next:]...), r.kept[:r.next]...)
}
