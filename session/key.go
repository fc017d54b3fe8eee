package session

import (
	"context"
	"encoding/json"
	"fmt"
)

// Key is the name of a value of type T. It is the only way to values, so that a
// value is always written and read as the same type:
//
//	const username session.Key[string] = "username"
//
//	err := username.Put(ctx, "Ada")
//	name, ok := username.Get(ctx)
//
// T must survive encoding/json.
type Key[T any] string

// Get returns the value; false if there is none, or none that reads as a T. JSON's
// null, a nil that was put, is none.
func (k Key[T]) Get(ctx context.Context) (T, bool) {
	s := current(ctx)
	return k.read(ctx, s, s.snapshot().get(string(k)))
}

// Has reports whether there is a value, whether or not it reads as a T.
func (k Key[T]) Has(ctx context.Context) bool { return current(ctx).snapshot().get(string(k)) != nil }

// Put sets the value. It changes nothing and returns ErrTooLarge if the session would
// grow beyond Options.MaxBytes (a value shorter than the one before always fits),
// ErrReadOnly inside Manager.ReadOnly, and json's error if v cannot be encoded.
func (k Key[T]) Put(ctx context.Context, v T) error { return k.put(ctx, v, false) }

func (k Key[T]) put(ctx context.Context, v T, shared bool) error {
	raw, err := marshal(v)
	if err != nil {
		return fmt.Errorf("session: put %q: %w", string(k), err)
	}
	stored := &value{json: raw}
	if shared && string(raw) != "null" {
		stored.share(v)
	}
	_, err = current(ctx).set(string(k), stored)
	return err
}

// Pop returns what Get does, and removes the value. If the response is 500 or more
// the value stays. Pop panics inside Manager.ReadOnly.
func (k Key[T]) Pop(ctx context.Context) (T, bool) {
	s := current(ctx)
	return k.read(ctx, s, s.mustSet(string(k), nil))
}

// Remove deletes the value. It panics inside Manager.ReadOnly.
func (k Key[T]) Remove(ctx context.Context) { current(ctx).mustSet(string(k), nil) }

// Clear deletes all values that applications put. Token, deadline and cookie stay.
// It panics inside Manager.ReadOnly.
func Clear(ctx context.Context) {
	s := current(ctx)
	for _, v := range s.snapshot().application() {
		s.mustSet(v.name, nil)
	}
}

func (k Key[T]) read(ctx context.Context, s *session, stored *value) (T, bool) {
	v, ok, err := k.decode(stored.raw())
	if err != nil {
		s.m.count(&s.m.stats.Unreadable)
		s.m.o.Log.WarnContext(ctx, "session value unreadable",
			"session", ShortID(s.loaded.token), "key", string(k), "error", err)
	}
	return v, ok
}

// decode takes null for none: json would leave v as it is, a zero that was never put.
func (Key[T]) decode(raw []byte) (v T, ok bool, err error) {
	if raw == nil || string(raw) == "null" {
		return v, false, nil
	}
	if err = json.Unmarshal(raw, &v); err != nil {
		return *new(T), false, err
	}
	return v, true, nil
}

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
