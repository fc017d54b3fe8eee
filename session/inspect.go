package session

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Stored is the data of a row, decoded, for those who look at the table from
// outside of any request.
type Stored struct {
	Created    time.Time // zero where unknown
	Deadline   time.Time // absolute; nothing extends it
	Remembered bool      // the cookie outlives the browser
	Values     []Value   // that applications put, sorted by key
}

// Decode reads the data column of a row. It returns an error where a request
// that brings the row's token would start afresh.
func Decode(data []byte) (Stored, error) {
	deadline, values, err := codec{}.Decode(data)
	if err != nil {
		return Stored{}, err
	}
	s := Stored{Deadline: deadline, Remembered: true}
	for _, key := range slices.Sorted(maps.Keys(values)) {
		stored, ok := values[key].(*value)
		switch {
		case key == rememberKey:
			s.Remembered, _ = values[key].(bool)
		case key == createdKey && ok:
			_ = json.Unmarshal(stored.RawMessage, &s.Created) // zero where unreadable
		case ok:
			s.Values = append(s.Values, Value{key, stored.RawMessage})
		}
	}
	return s, nil
}

// In returns the value that a stored session has under k; false where there is
// none, or none that reads as a T.
func (k Key[T]) In(s Stored) (T, bool) {
	var v T
	i := slices.IndexFunc(s.Values, func(v Value) bool { return v.Key == string(k) })
	if i < 0 || string(s.Values[i].JSON) == "null" || json.Unmarshal(s.Values[i].JSON, &v) != nil {
		var zero T
		return zero, false
	}
	return v, true
}

// ShortID returns the short name of the session whose token column is hash: what
// logs and pages show of it.
func ShortID(hash string) string { return shortID(hash) }

// revokedMemory is how long the token of a revoked session is known as such:
// as long as a handler runs. Its browser, unlike that of a visitor who ended the
// session, still sends the cookie, and can store nothing until this is over.
const revokedMemory = 10 * time.Second

// Revoke ends the session whose token column is hash, from outside of it: its
// row goes, and a request that is under way can store nothing in its name. Its
// visitor has no session from the next request on. Revoke returns ErrEnded
// where there is no such session, or no longer.
func (m *Manager) Revoke(ctx context.Context, hash string) error {
	ended := time.Now().Add(revokedMemory - endedMemory)
	err := m.store.transact(ctx, &request{m: m}, func(tx *sql.Tx) error {
		if err := one(tx.ExecContext(ctx, deleteSQL, hash)); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, endedSQL, hash, ended.UnixMilli())
		return err
	})
	switch {
	case errors.Is(err, ErrConflict):
		return ErrEnded
	case err != nil:
		return fmt.Errorf("session: revoke: %w", err)
	}
	m.stats.Revoked.Add(1)
	m.Log.InfoContext(ctx, "session revoked", "session", shortID(hash))
	m.observe(Event{Kind: EventDestroyed, Hash: hash})
	return nil
}
