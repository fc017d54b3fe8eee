package account

import (
	"maps"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Limits slow down the guessing of passwords: each address, each account from one
// address, and each account from all addresses that have not signed in to it. So
// an attacker from elsewhere does not lock out the owner.
type Limits struct {
	address, pair, account buckets
	mu                     sync.Mutex
	passed                 map[pair]bool
}

// pair is an account and an address from which it was tried.
type pair struct{ email, address string }

// maxBuckets bounds the memory: some 10 MB for each kind.
const maxBuckets = 1 << 16

func newLimits() *Limits {
	return &Limits{
		address: buckets{every: 2 * time.Second, burst: 30, all: map[pair]*rate.Limiter{}},
		pair:    buckets{every: 20 * time.Second, burst: 10, all: map[pair]*rate.Limiter{}},
		account: buckets{every: 20 * time.Second, burst: 100, all: map[pair]*rate.Limiter{}},
		passed:  map[pair]bool{},
	}
}

// Wait returns after how long a password may be tried from an address, 0 for now, which
// counts as a try. email is as Email returns it, "" for a sign-up.
func (l *Limits) Wait(address, email string) time.Duration {
	wait := l.address.wait(pair{"", address})
	if wait > 0 || email == "" {
		return wait
	}
	from := pair{email, address}
	if wait = l.pair.wait(from); wait > 0 || l.hasPassed(from) {
		return wait
	}
	return l.account.wait(pair{email, ""})
}

// Passed notes that a password was right: the account's own devices keep limits of
// their own.
func (l *Limits) Passed(address, email string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.passed) >= maxBuckets {
		clear(l.passed)
	}
	l.passed[pair{email, address}] = true
}

func (l *Limits) hasPassed(from pair) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.passed[from]
}

// buckets are limiters by key.
type buckets struct {
	every time.Duration
	burst int
	mu    sync.Mutex
	all   map[pair]*rate.Limiter
}

func (b *buckets) wait(key pair) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	l := b.all[key]
	if l == nil {
		if len(b.all) >= maxBuckets { // those that are full again say nothing
			maps.DeleteFunc(b.all, func(_ pair, l *rate.Limiter) bool { return l.Tokens() >= float64(b.burst) })
		}
		if len(b.all) >= maxBuckets {
			clear(b.all)
		}
		l = rate.NewLimiter(rate.Every(b.every), b.burst)
		b.all[key] = l
	}
	r := l.Reserve()
	if d := r.Delay(); d > 0 {
		r.Cancel()
		return d
	}
	return 0
}
