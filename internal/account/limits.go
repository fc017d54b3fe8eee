package account

import (
	"net/netip"
	"sync"
	"time"

	"trolley/internal/ratelimit"
)

// Limits slow down the guessing of passwords: from one network, for one account from one
// network, and for one account from all networks that have not signed in to it. So an
// attacker from elsewhere does not lock out the owner. A nil Limits limits nothing.
type Limits struct {
	network    *ratelimit.Limit[netip.Addr]
	pair       *ratelimit.Limit[pair]
	everywhere *ratelimit.Limit[string] // by email

	mu     sync.Mutex
	passed map[pair]bool
}

// pair is an account and a network from which it was tried.
type pair struct {
	email   string
	network netip.Addr
}

// maxRemembered bounds the memory, some megabytes for each kind.
const maxRemembered = 20_000

func newLimits() *Limits {
	return &Limits{
		network:    ratelimit.New[netip.Addr](2*time.Second, 30, maxRemembered),
		pair:       ratelimit.New[pair](20*time.Second, 10, maxRemembered),
		everywhere: ratelimit.New[string](20*time.Second, 100, maxRemembered),
		passed:     map[pair]bool{},
	}
}

// Wait returns after how long a password may be tried from a network, 0 for now, which
// counts as a try. email is as Email returns it, "" for a sign-up. This machine has no
// limit: it may be a proxy.
func (l *Limits) Wait(network netip.Addr, email string) (wait time.Duration) {
	if l == nil {
		return 0
	}
	if !network.IsLoopback() {
		_, wait = l.network.Take(network)
	}
	if wait > 0 || email == "" {
		return wait
	}
	from := pair{email, network}
	if _, wait = l.pair.Take(from); wait == 0 && !l.hasPassed(from) {
		_, wait = l.everywhere.Take(email)
	}
	return wait
}

func (l *Limits) hasPassed(from pair) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.passed[from]
}

// Passed notes that a password was right: the owner's network has its own limit.
func (l *Limits) Passed(network netip.Addr, email string) {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.passed) >= maxRemembered {
		clear(l.passed)
	}
	l.passed[pair{email, network}] = true
}
