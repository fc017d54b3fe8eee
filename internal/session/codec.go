package session

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
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
	Version  int            `json:"v"`
	Deadline time.Time      `json:"deadline"`
	Values   map[string]any `json:"values"`
}

// codec implements scs.Codec with JSON that people can read. Equal sessions
// give equal bytes, which the compare-and-swap relies on. Values are
// json.RawMessage, so that what this version does not know survives it and
// nobody can change a value without putting it back.
type codec struct{}

func (codec) Encode(deadline time.Time, values map[string]any) ([]byte, error) {
	// Whole seconds: people read this.
	return marshal(envelope{1, deadline.UTC().Truncate(time.Second), values})
}

// marshal is json.Marshal without its escapes for HTML, for people who read
// the table.
func marshal(v any) (json.RawMessage, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

func (codec) Decode(b []byte) (time.Time, map[string]any, error) {
	var e struct {
		Version  int                        `json:"v"`
		Deadline time.Time                  `json:"deadline"`
		Values   map[string]json.RawMessage `json:"values"`
	}
	if err := json.Unmarshal(b, &e); err != nil {
		return time.Time{}, nil, fmt.Errorf("%w: %w", errUnreadable, err)
	}
	e.Deadline = e.Deadline.UTC()
	if year := e.Deadline.Year(); e.Version < 1 || e.Deadline.IsZero() || year < 0 || year > 9999 { // RFC 3339 has no others
		return time.Time{}, nil, fmt.Errorf("%w: version %d, deadline %v", errUnreadable, e.Version, e.Deadline)
	}
	values := make(map[string]any, len(e.Values))
	for k, v := range e.Values {
		values[k] = v
	}
	// scs reads its own key by type assertion.
	if v, ok := e.Values[rememberKey]; ok {
		values[rememberKey] = string(v) == "true"
	}
	return e.Deadline, values, nil
}
