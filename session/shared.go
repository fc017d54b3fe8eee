package session

import "context"

// GetShared is Get for a T that is never changed: the value is decoded once, and
// requests share what its pointers, slices and maps refer to.
func (k Key[T]) GetShared(ctx context.Context) (T, bool) {
	s := current(ctx)
	stored := s.snapshot().get(string(k))
	if stored == nil {
		return *new(T), false
	}
	if known := stored.decoded.Load(); known != nil {
		if v, ok := (*known).(T); ok {
			return v, true
		}
	}
	v, ok := k.read(ctx, s, stored)
	if ok {
		stored.share(v)
	}
	return v, ok
}

// PutShared is Put for a T that is never changed, not even by the caller: later
// requests get v. With a Cache, v stays in memory as long as the session does, so no
// part of it may be a slice of the request (a field of a form: use strings.Clone). The
// errors are those of Put.
func (k Key[T]) PutShared(ctx context.Context, v T) error { return k.put(ctx, v, true) }

func (v *value) share(decoded any) { v.decoded.Store(&decoded) }
