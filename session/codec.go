package session

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync/atomic"
	"time"
)

// Keys that the package keeps among the values. No Key of an application
// should start with "__".
const (
	rememberKey = "__rememberMe" // scs's own: keep the cookie when the browser closes
	createdKey  = "__created"    // when the session was first stored, RFC 3339
)

// errUnreadable marks a row that is not a session: bit rot, another program's
// format, an older format.
var errUnreadable = errors.New("session: row cannot be read")

// envelope is the format of a row's data. Version 1; a later version adds
// fields, which this one drops, and never changes the meaning of these.
type envelope struct {
	Version  int                        `json:"v"`
	Deadline time.Time                  `json:"deadline"`
	Values   map[string]json.RawMessage `json:"values"`
}

// codec implements scs.Codec with JSON that people can read. Equal sessions
// give equal bytes, which the compare-and-swap relies on. Values are *value, so
// that what this version does not know survives it and nobody can change a value
// without putting it back.
type codec struct{}

// value is a value of a session: its JSON, and what that means to a Key that
// shares it. It never changes, so that sessions in memory can share it.
type value struct {
	json.RawMessage
	decoded atomic.Pointer[any]
}

// Encode implements scs.Codec. It puts together what is JSON already, which
// encoding/json would read once more.
func (codec) Encode(deadline time.Time, values map[string]any) ([]byte, error) {
	b := []byte(`{"v":1,"deadline":"`)
	b = deadline.UTC().AppendFormat(b, time.RFC3339) // whole seconds: people read this
	b = append(b, `","values":{`...)
	for i, key := range slices.Sorted(maps.Keys(values)) {
		if i > 0 {
			b = append(b, ',')
		}
		quoted, err := marshal(key)
		if err != nil {
			return nil, err
		}
		b = append(append(b, quoted...), ':')
		if v, ok := values[key].(*value); ok {
			b = append(b, v.RawMessage...)
			continue
		}
		other, err := marshal(values[key]) // scs's own
		if err != nil {
			return nil, err
		}
		b = append(b, other...)
	}
	return append(b, "}}"...), nil
}

// compact takes out the white space that somebody who wrote the row by hand put in.
func compact(raw json.RawMessage) json.RawMessage {
	var b bytes.Buffer
	_ = json.Compact(&b, raw) // it is JSON
	return b.Bytes()
}

func (v *value) share(decoded any) { v.decoded.Store(&decoded) }

// marshal is json.Marshal without its escapes for HTML, for people who read
// the table.
func marshal(v any) (json.RawMessage, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// Decode implements scs.Codec.
func (codec) Decode(b []byte) (time.Time, map[string]any, error) {
	var e envelope
	if err := json.Unmarshal(b, &e); err != nil {
		return time.Time{}, nil, fmt.Errorf("%w: %w", errUnreadable, err)
	}
	e.Deadline = e.Deadline.UTC()
	if year := e.Deadline.Year(); e.Version < 1 || e.Deadline.IsZero() || year < 0 || year > 9999 { // RFC 3339 has no others
		return time.Time{}, nil, fmt.Errorf("%w: version %d, deadline %v", errUnreadable, e.Version, e.Deadline)
	}
	values := make(map[string]any, len(e.Values))
	for k, v := range e.Values {
		values[k] = &value{RawMessage: compact(v)}
	}
	// scs reads its own key by type assertion.
	if v, ok := e.Values[rememberKey]; ok {
		values[rememberKey] = string(v) == "true"
	}
	return e.Deadline, values, nil
}
