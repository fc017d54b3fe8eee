package ratelimit

import (
	"net/netip"
	"testing"
	"time"
)

// A network of many addresses neither fills the memory nor unlocks a client that goes on.
func TestTheTableOfClientsIsBounded(t *testing.T) {
	t.Parallel()
	l, stranger := New[netip.Addr](24*time.Hour, 1, 10_000), netip.MustParseAddr("203.0.113.7")
	l.Take(stranger)
	addr := netip.MustParseAddr("10.0.0.0")
	for range 100_000 {
		addr = addr.Next()
		l.Take(addr)
		if _, wait := l.Take(stranger); wait == 0 {
			t.Fatal("the flood of others has let the client in again")
		}
	}
	if n := l.Len(); n > 20_000 {
		t.Errorf("%d clients are remembered", n)
	}
}
