package web

import (
	"net/http"
	"net/netip"
	"sync"
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

// maxUnderWay is how many requests of one client are served at a time. Each holds its body
// or its answer in memory until a slow client has sent or taken it.
const maxUnderWay = 256

// underWay counts requests by the network of their client.
type underWay struct {
	mu sync.Mutex
	by map[netip.Addr]int
}

// add counts n more, and reports whether the client may have as many.
func (u *underWay) add(client netip.Addr, n int) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	total := u.by[client] + n
	switch {
	case total > maxUnderWay:
		return false
	case total == 0:
		delete(u.by, client)
	default:
		u.by[client] = total
	}
	return true
}

// limitRequests refuses what a client has under way beyond maxUnderWay, without a body that
// would have to wait as well. This machine is not limited.
func (s *Site) limitRequests(next http.Handler) http.Handler {
	all := underWay{by: make(map[netip.Addr]int)}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if client := Network(s.Client(r)); !client.IsLoopback() {
			if !all.add(client, 1) {
				s.Metrics.count(&Problem{Limit: "requests"})
				w.Header().Set("Retry-After", "1")
				w.WriteHeader(http.StatusTooManyRequests)
				return
			}
			defer all.add(client, -1)
		}
		next.ServeHTTP(w, r)
	})
}
