package session

import (
	"context"
	"strconv"
)

// Remember says whether the cookie outlives the browser. A new session starts as
// Options.Cookie.Persist says. Remember panics inside Manager.ReadOnly.
func Remember(ctx context.Context, remember bool) {
	if s := current(ctx); s.remembers(s.snapshot()) != remember {
		s.mustSet(rememberKey, &value{json: strconv.AppendBool(nil, remember)})
	}
}

// Remembered reports whether the cookie outlives the browser.
func Remembered(ctx context.Context) bool {
	s := current(ctx)
	return s.remembers(s.snapshot())
}

func (s *session) remembers(vs values) bool {
	if v := vs.get(rememberKey); v != nil {
		return string(v.json) == "true"
	}
	return s.m.scs.Cookie.Persist
}
