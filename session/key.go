package session

import (
	"context"
	"encoding/json"
	"fmt"
)

// Key is the name of a value of type T. It is the only way to values, so that
// a value is always written and read as the same type:
//
//	const username session.Key[string] = "username"
//
//	err := username.Put(ctx, "Ada")
//	name, ok := username.Get(ctx)
//
// T must survive encoding/json.
type Key[T any] string

// Get returns the value; false where there is none, or none that reads as a T.
// JSON's null, a nil that was put, is none.
func (k Key[T]) Get(ctx context.Context) (T, bool) {
	r := current(ctx)
	stored, _ := r.m.scs.Get(ctx, string(k)).(*value)
	return k.decode(ctx, r, stored)
}

// GetShared is Get for a T that nobody ever changes: the value is decoded once,
// and requests share what its pointers, slices and maps refer to.
func (k Key[T]) GetShared(ctx context.Context) (T, bool) {
	r := current(ctx)
	stored, _ := r.m.scs.Get(ctx, string(k)).(*value)
	if stored != nil {
		if known := stored.decoded.Load(); known != nil {
			if v, ok := (*known).(T); ok {
				return v, true
			}
		}
	}
	v, ok := k.decode(ctx, r, stored)
	if ok {
		stored.share(v)
	}
	return v, ok
}

// PutShared is Put for a T that nobody ever changes, not even the caller: later
// requests get v itself.
func (k Key[T]) PutShared(ctx context.Context, v T) error {
	if err := k.Put(ctx, v); err != nil {
		return err
	}
	if stored, _ := current(ctx).m.scs.Get(ctx, string(k)).(*value); string(stored.RawMessage) != "null" {
		stored.share(v)
	}
	return nil
}

func (k Key[T]) decode(ctx context.Context, r *request, stored *value) (T, bool) {
	var v T
	if stored == nil || string(stored.RawMessage) == "null" { // json would leave v as it is: a zero that nobody put
		return v, false
	}
	if err := json.Unmarshal(stored.RawMessage, &v); err != nil {
		r.m.stats.Unreadable.Add(1)
		r.m.Log.WarnContext(ctx, "session value unreadable", "session", r.row.id(), "key", string(k), "error", err)
		var zero T
		return zero, false
	}
	return v, true
}

// Put sets the value. It returns ErrTooLarge, and changes nothing, where the
// session would become larger than Options.MaxBytes, and json's error where v
// cannot be encoded.
func (k Key[T]) Put(ctx context.Context, v T) error {
	raw, err := marshal(v)
	if err != nil {
		return fmt.Errorf("session: put %q: %w", string(k), err)
	}
	return current(ctx).put(ctx, string(k), raw)
}

// Remove deletes the value.
func (k Key[T]) Remove(ctx context.Context) {
	current(ctx).m.scs.Remove(ctx, string(k))
}

// Value is one value as the table holds it.
type Value struct {
	Key  string
	JSON json.RawMessage
}

// Values returns the values that applications put, sorted by key.
func Values(ctx context.Context) []Value {
	var values []Value
	m := current(ctx).m
	for _, key := range m.scs.Keys(ctx) {
		stored, ok := m.scs.Get(ctx, key).(*value)
		if ok && key != createdKey {
			values = append(values, Value{key, stored.RawMessage})
		}
	}
	return values
}

// put checks the size before it changes anything. The sum is that of the
// encoded session, to within the few bytes of the envelope.
func (r *request) put(ctx context.Context, key string, raw json.RawMessage) error {
	const envelopeBytes = 128
	size := envelopeBytes + encodedLen(key, raw)
	for _, k := range r.m.scs.Keys(ctx) {
		if v, ok := r.m.scs.Get(ctx, k).(*value); ok && k != key {
			size += encodedLen(k, v.RawMessage)
		}
	}
	if size > r.m.MaxBytes {
		return fmt.Errorf("%w: %d bytes with %q, at most %d", ErrTooLarge, size, key, r.m.MaxBytes)
	}
	r.m.scs.Put(ctx, key, &value{RawMessage: raw})
	return nil
}

// encodedLen is how many bytes a value adds to the session.
func encodedLen(key string, raw json.RawMessage) int {
	quoted, _ := marshal(key) // a string: cannot fail
	return len(quoted) + len(raw) + len(":,")
}
