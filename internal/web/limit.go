package web

import (
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// maxLimited bounds the clients of one generation of a Limit.
const maxLimited = 10_000

// Limit lets each client do something every so often, and a burst of it at once. It
// remembers two generations of clients: when the young one is full, the old one is
// dropped. Clients on this machine are not limited.
type Limit struct {
	every      rate.Limit
	burst      int
	mu         sync.Mutex
	young, old map[netip.Addr]*rate.Limiter // by network
}

// NewLimit returns a Limit of burst times at once, and then one every so often.
func NewLimit(every time.Duration, burst int) *Limit {
	return &Limit{every: rate.Every(every), burst: burst}
}

// Take counts once more for a client, and returns 0; or counts nothing, and returns
// when the client may try again. undo takes it back.
func (l *Limit) Take(client netip.Addr) (undo func(), wait time.Duration) {
	if client.IsLoopback() {
		return func() {}, 0
	}
	now := time.Now()
	taken := l.of(Network(client)).ReserveN(now, 1)
	undo = func() { taken.CancelAt(now) }
	if wait = taken.DelayFrom(now); wait > 0 {
		undo()
	}
	return undo, wait
}

// of returns the limiter of a client, which is in the young generation then.
func (l *Limit) of(network netip.Addr) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	known, ok := l.young[network]
	if ok {
		return known
	}
	if known, ok = l.old[network]; !ok {
		known = rate.NewLimiter(l.every, l.burst)
	}
	if l.young == nil || len(l.young) >= maxLimited {
		l.old, l.young = l.young, make(map[netip.Addr]*rate.Limiter)
	}
	l.young[network] = known
	return known
}
