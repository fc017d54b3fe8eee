package session

import (
	"bytes"
	"context"
	"encoding/json"
	"time"
)

// Info describes the request's session.
type Info struct {
	ID       string    // short name, as in the log: the first 12 characters of Hash
	Hash     string    // the row's token column
	Data     []byte    // the row's data column, as loaded
	Created  time.Time // when it was stored first, or signed in (Login); zero if unknown
	Deadline time.Time // absolute; only Login moves it
	Expires  time.Time // the row's expiry: the deadline, or earlier with an idle timeout
}

// Exists reports whether the request came with a session that is stored.
func (i Info) Exists() bool { return i.Hash != "" }

// Current returns the session as it was loaded, or as CommitTx has just stored it: none
// after CommitTx destroyed it.
func Current(ctx context.Context) Info {
	r := current(ctx).known
	return Info{ShortID(r.token), r.token, bytes.Clone(r.data), r.values.created(), r.deadline, r.expiry}
}

// created returns when the session was stored first, or signed in; zero if that is unknown.
func (vs values) created() time.Time {
	created, _, _ := Key[time.Time].decode("", vs.get(createdKey).raw())
	return created
}

// Value is one value as the table holds it.
type Value struct {
	Key  string
	JSON json.RawMessage
}

// Values returns the values that applications put, sorted by key. The caller owns
// them.
func Values(ctx context.Context) []Value { return current(ctx).snapshot().list() }

func (vs values) list() (list []Value) {
	for _, v := range vs.application() {
		list = append(list, Value{v.name, bytes.Clone(v.json)})
	}
	return list
}

// Stored is the data of a row, decoded, for a look at the table from outside of any
// request.
type Stored struct {
	Created    time.Time // when it was stored first, or signed in (Login); zero if unknown
	Deadline   time.Time // absolute; only Login moves it
	Remembered bool      // the cookie outlives the browser
	Values     []Value   // that applications put, sorted by key
}

// Decode reads the data column of a row. It returns an error where a request that
// brings the row's token would start afresh.
func Decode(data []byte) (Stored, error) {
	deadline, vs, err := decode(data)
	remembered := string(vs.get(rememberKey).raw()) != "false"
	return Stored{vs.created(), deadline, remembered, vs.list()}, err
}

// In returns the value that a stored session has under k; false if there is none, or
// none that reads as a T.
func (k Key[T]) In(s Stored) (v T, ok bool) {
	for _, stored := range s.Values {
		if stored.Key == string(k) {
			v, ok, _ = k.decode(stored.JSON)
		}
	}
	return v, ok
}

// ShortID returns the short name of the session whose token column is hash, as in
// the log: the first 12 characters, too little to be a token.
func ShortID(hash string) string { return hash[:min(12, len(hash))] }
