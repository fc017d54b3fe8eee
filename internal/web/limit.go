package web

import (
	"net/http"
	"net/netip"
	"time"

	"trolley/internal/ratelimit"
)

// maxLimited bounds the clients of one generation of a Limit.
const maxLimited = 10_000

// Limit lets each client do something every so often, and a burst of it at once.
// Clients on this machine are not limited.
type Limit struct{ byNetwork *ratelimit.Limit[netip.Addr] }

// NewLimit returns a Limit of burst times at once, and then one every so often.
func NewLimit(every time.Duration, burst int) *Limit {
	return &Limit{ratelimit.New[netip.Addr](every, burst, maxLimited)}
}

// Take counts once more for a client, and returns 0; or counts nothing, and returns
// when the client may try again. undo takes it back.
func (l *Limit) Take(client netip.Addr) (undo func(), wait time.Duration) {
	if client.IsLoopback() {
		return func() {}, 0
	}
	return l.byNetwork.Take(Network(client))
}

// LimitSessions returns a session.Options.Limit: 200 new sessions at once for a client,
// and then 20 a second, which no household reaches.
func (s *Site) LimitSessions() func(*http.Request) time.Duration {
	limit := NewLimit(time.Second/20, 200)
	return func(r *http.Request) time.Duration {
		_, wait := limit.Take(s.Client(r))
		return wait
	}
}
