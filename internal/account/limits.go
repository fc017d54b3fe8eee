package account

import (
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Limits slow down the guessing of passwords: from one network, for one account from one
// network, and for one account from all networks that have not signed in to it. So an
// attacker from elsewhere does not lock out the owner. A nil Limits limits nothing.
type Limits struct {
	mu                        sync.Mutex
	network, pair, everywhere buckets
	passed                    map[pair]bool
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
		network:    buckets{every: 2 * time.Second, burst: 30},
		pair:       buckets{every: 20 * time.Second, burst: 10},
		everywhere: buckets{every: 20 * time.Second, burst: 100},
		passed:     map[pair]bool{},
	}
}

// Wait returns after how long a password may be tried from a network, 0 for now, which
// counts as a try. email is as Email returns it, "" for a sign-up. This machine has no
// limit of its own: it may be a proxy.
func (l *Limits) Wait(network netip.Addr, email string) (wait time.Duration) {
	if l == nil {
		return 0
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if !network.IsLoopback() {
		wait = l.network.take(pair{"", network})
	}
	if wait > 0 || email == "" {
		return wait
	}
	from := pair{email, network}
	if wait = l.pair.take(from); wait > 0 || l.passed[from] {
		return wait
	}
	return l.everywhere.take(pair{email: email})
}

// Passed notes that a password was right: where the owner is has a limit of its own.
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

// buckets are limiters. They remember two generations: when the young one is full, the
// old one is dropped.
type buckets struct {
	every      time.Duration
	burst      int
	young, old map[pair]*rate.Limiter
}

func (b *buckets) take(key pair) time.Duration {
	limiter, ok := b.young[key]
	if !ok {
		if limiter, ok = b.old[key]; !ok {
			limiter = rate.NewLimiter(rate.Every(b.every), b.burst)
		}
		if b.young == nil || len(b.young) >= maxRemembered {
			b.old, b.young = b.young, make(map[pair]*rate.Limiter)
		}
		b.young[key] = limiter
	}
	now := time.Now()
	taken := limiter.ReserveN(now, 1)
	wait := taken.DelayFrom(now)
	if wait > 0 {
		taken.CancelAt(now)
	}
	return wait
}
