package e2e

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"trolley/test/blackbox"
	"trolley/test/proctest"
)

func TestShutdownUnderLoadLosesNothing(t *testing.T) {
	t.Parallel()
	s := plenty(t)

	// Requests that the shop has begun, and cannot finish before it is told to stop.
	const held = 10
	var adds []blackbox.Request
	for range held {
		adds = append(adds, add(s, s.begin(t, "thing-1"), "thing-2", 3))
	}
	finish := hold(t, adds)

	const visitors, enough = 4, 40
	var acked atomic.Int64
	busy := make(chan struct{})
	isBusy := sync.OnceFunc(func() { close(busy) })
	var shoppers []*shopper
	var load sync.WaitGroup
	for range visitors {
		v := s.shopper(t)
		shoppers = append(shoppers, v)
		for range 2 {
			load.Go(func() {
				defer isBusy()
				whole := v.shopAround(t, s, func() {
					if acked.Add(1) >= enough {
						isBusy()
					}
				})
				if !whole {
					t.Error("an answer broke off")
				}
			})
		}
	}
	<-busy
	s.Signal(t, syscall.SIGTERM)
	s.waitClosed(t)
	for _, a := range finish() {
		if a.Err != nil || !a.IsAcknowledged() {
			t.Fatalf("a request that was under way when the shop was stopped: status %d, %v", a.Status, a.Err)
		}
	}
	load.Wait()
	if code := s.Exit(t); code != 0 {
		t.Fatalf("exit code %d\n%s", code, &s.Stderr)
	}
	wantNoLog(t, s.DB)

	again := start(t, s.DB)
	blackbox.WantWhole(t, s.DB)
	for _, v := range shoppers {
		v.wantKept(t, again)
	}
	for _, r := range adds {
		if got := again.cart(t, r.Cookie); got.Of("thing-2") != 3 {
			t.Errorf("acknowledged while the shop stopped, and the cart has %q", got)
		}
	}
}

// waitClosed waits until the shop takes no more connections.
func (s *shop) waitClosed(t testing.TB) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), proctest.Patience)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", strings.TrimPrefix(s.URL, "http://"))
		if err != nil && ctx.Err() == nil {
			return
		}
		if err == nil {
			conn.Close()
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatal("the shop still listens")
		}
	}
}

// wantNoLog fails the test unless the database is one file, which can be copied.
func wantNoLog(t testing.TB, db string) {
	t.Helper()
	for _, name := range []string{db + "-wal", db + "-shm"} {
		if info, err := os.Stat(name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s is left behind (%v, %v)", name, info, err)
		}
	}
}
