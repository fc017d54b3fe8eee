package session

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// Keys that the package keeps among the values. No Key of an application should
// start with "__".
const (
	rememberKey = "__rememberMe" // true: the cookie outlives the browser; scs's own
	createdKey  = "__created"    // when its lifetime began, RFC 3339
	ownBytes    = 64             // of both in a row
)

// value is a value of a session. In values it never changes, so that requests can
// share it.
type value struct {
	name    string // its key
	quoted  []byte // the same as JSON
	json    json.RawMessage
	decoded atomic.Pointer[any] // see GetShared
}

// raw returns the JSON of v, nil if there is none.
func (v *value) raw() []byte {
	if v == nil {
		return nil
	}
	return v.json
}

// values are sorted by name. They never change.
type values []*value

// index returns where name is, or belongs.
func (vs values) index(name string) (i int, found bool) {
	for i < len(vs) && vs[i].name < name { // few: a binary search takes longer
		i++
	}
	return i, i < len(vs) && vs[i].name == name
}

// get returns nil if there is no such value.
func (vs values) get(name string) *value {
	if i, found := vs.index(name); found {
		return vs[i]
	}
	return nil
}

// with returns vs with v under name, or without any if v is nil. The name is cloned:
// it may be a slice of a large form.
func (vs values) with(name string, v *value) values {
	i, found := vs.index(name)
	switch {
	case !found && v == nil:
		return vs
	case !found:
		v.name, v.quoted = strings.Clone(name), quote(name)
		return slices.Insert(slices.Clip(vs), i, v)
	case v == nil:
		return slices.Delete(slices.Clone(vs), i, i+1)
	}
	v.name, v.quoted = vs[i].name, vs[i].quoted
	vs = slices.Clone(vs)
	vs[i] = v
	return vs
}

// application returns the values that applications put.
func (vs values) application() values { return vs.with(rememberKey, nil).with(createdKey, nil) }

// size returns the bytes of encode, or a few more.
func (vs values) size() int {
	size := len(`{"v":1,"deadline":"2006-01-02T15:04:05Z","values":{}}`)
	for _, v := range vs {
		size += len(v.quoted) + len(v.json) + len(":,")
	}
	return size
}

// encode returns a row's data: JSON that people can read. Equal sessions give equal
// bytes, which the compare-and-swap relies on.
func encode(deadline time.Time, vs values) []byte {
	b := append(make([]byte, 0, vs.size()), `{"v":1,"deadline":"`...)
	b = deadline.UTC().AppendFormat(b, time.RFC3339) // whole seconds: people read this
	b = append(b, `","values":{`...)
	for i, v := range vs {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(append(b, v.quoted...), ':'), v.json...)
	}
	return append(b, "}}"...)
}

// decode reads a row's data. A later version adds fields, which this one drops, and
// never changes the meaning of these. Values of unknown keys are kept.
func decode(data []byte) (deadline time.Time, vs values, err error) {
	var row struct {
		Version  int                        `json:"v"`
		Deadline time.Time                  `json:"deadline"`
		Values   map[string]json.RawMessage `json:"values"`
	}
	if err := json.Unmarshal(data, &row); err != nil {
		return time.Time{}, nil, fmt.Errorf("session: data: %w", err)
	}
	deadline = row.Deadline.UTC()
	year := deadline.Year()
	if row.Version < 1 || deadline.IsZero() || year < 0 || year > 9999 { // RFC 3339 has no others
		return time.Time{}, nil, fmt.Errorf("session: data: version %d, deadline %v", row.Version, deadline)
	}
	vs = make(values, 0, len(row.Values))
	for name, raw := range row.Values {
		if bytes.ContainsAny(raw, " \t\r\n") { // perhaps edited by hand
			var compact bytes.Buffer
			_ = json.Compact(&compact, raw) // it is JSON
			raw = compact.Bytes()
		}
		vs = append(vs, &value{name: name, quoted: quote(name), json: raw})
	}
	slices.SortFunc(vs, func(a, b *value) int { return strings.Compare(a.name, b.name) })
	return deadline, vs, nil
}

// quote returns a string as JSON: most are the same in Go.
func quote(s string) []byte {
	if quoted := strconv.AppendQuote(nil, s); len(quoted) == len(s)+len(`""`) {
		return quoted
	}
	quoted, _ := marshal(s) // a string: cannot fail
	return quoted
}

// marshal is json.Marshal without its escapes for HTML, for people who read the table.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}
