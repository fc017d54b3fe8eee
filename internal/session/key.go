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
	var v T
	r := current(ctx)
	raw, ok := r.m.scs.Get(ctx, string(k)).(json.RawMessage)
	if !ok || string(raw) == "null" { // json would leave v as it is: a zero that nobody put
		return v, false
	}
	if err := json.Unmarshal(raw, &v); err != nil {
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
		raw, ok := m.scs.Get(ctx, key).(json.RawMessage)
		if ok && key != createdKey {
			values = append(values, Value{key, raw})
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
		if v, ok := r.m.scs.Get(ctx, k).(json.RawMessage); ok && k != key {
			size += encodedLen(k, v)
		}
	}
	if size > r.m.MaxBytes {
		return fmt.Errorf("%w: %d bytes with %q, at most %d", ErrTooLarge, size, key, r.m.MaxBytes)
	}
	r.m.scs.Put(ctx, key, raw)
	return nil
}

// encodedLen is how many bytes a value adds to the session.
func encodedLen(key string, raw json.RawMessage) int {
	quoted, _ := marshal(key) // a string: cannot fail
	return len(quoted) + len(raw) + len(":,")
}
