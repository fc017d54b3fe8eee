package account

import (
	"net/netip"
	"testing"
	"testing/synctest"
	"time"
)

func TestAnAttackerFromElsewhereDoesNotLockOutTheOwner(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l, home := newLimits(), netip.MustParseAddr("192.0.2.1")
		l.Passed(home, "ada@example.com")
		attacker, tries := netip.MustParseAddr("198.51.100.0"), 0
		for range 1000 {
			attacker = attacker.Next()
			if l.Wait(attacker, "ada@example.com") == 0 {
				tries++
			}
		}
		if tries != 100 {
			t.Errorf("%d tries from 1,000 networks, want 100", tries)
		}
		if wait := l.Wait(home, "ada@example.com"); wait != 0 {
			t.Errorf("the owner has to wait %v", wait)
		}
		if wait := l.Wait(attacker.Next(), "ada@example.com"); wait <= 0 || wait > 20*time.Second {
			t.Errorf("a further network waits %v", wait)
		}
	})
}

func TestTriesFromOneNetworkAreLimited(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l, from := newLimits(), netip.MustParseAddr("192.0.2.1")
		at := func(email string) (tries int) {
			for range 100 {
				if l.Wait(from, email) == 0 {
					tries++
				}
			}
			return tries
		}
		if got := at("ada@example.com"); got != 10 {
			t.Errorf("%d tries at one account, want 10", got)
		}
		time.Sleep(20 * time.Second)
		if got := at("ada@example.com"); got != 1 {
			t.Errorf("%d tries after 20 seconds, want 1", got)
		}
		time.Sleep(time.Hour)
		if got := at(""); got != 30 {
			t.Errorf("%d sign-ups, want 30", got)
		}
	})
}

// 100,000 networks, each with an account, leave two generations at most.
func TestLimitsRememberABoundedNumber(t *testing.T) {
	t.Parallel()
	l, network := newLimits(), netip.MustParseAddr("10.0.0.0")
	for range 100_000 {
		network = network.Next()
		l.Wait(network, network.String()+"@example.com")
		l.Passed(network, network.String()+"@example.com")
	}
	for _, n := range []int{l.network.Len(), l.pair.Len(), l.everywhere.Len()} {
		if n > 2*maxRemembered {
			t.Errorf("%d buckets, want %d at most", n, 2*maxRemembered)
		}
	}
	if len(l.passed) > maxRemembered {
		t.Errorf("%d networks that have passed", len(l.passed))
	}
}
