package store

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"trolley/internal/cart"
	"trolley/test/pgtest"
)

// standbyLoad is how long the load lasts while the standby is away.
func standbyLoad() time.Duration {
	if d, err := time.ParseDuration(os.Getenv("TROLLEY_TEST_STANDBY")); err == nil {
		return d
	}
	return 4 * time.Second
}

// replicated is a shop whose orders are confirmed by a standby.
func replicated(t *testing.T) (s *Store, primary, standby *pgtest.Cluster) {
	t.Helper()
	primary = pgtest.Start(t)
	s = openAt(t, primary.URL("postgres"))
	standby = primary.Standby()
	mustExec(t, s.Read(), "ALTER SYSTEM SET synchronous_standby_names = '*'")
	mustExec(t, s.Read(), "SELECT pg_reload_conf()")
	until(t, "the standby is synchronous", func() bool {
		return count(t, s.Read(), "SELECT COUNT(*) FROM pg_stat_replication WHERE sync_state = 'sync'") == 1
	})
	return s, primary, standby
}

func until(t *testing.T, what string, f func() bool) {
	t.Helper()
	for !f() {
		if t.Context().Err() != nil {
			t.Fatal(what)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// The standby stops, then the primary is lost: every order that was confirmed is on
// the standby, and no other was shown to anybody.
func TestConfirmedOrdersSurviveThePrimaryWithoutItsStandby(t *testing.T) {
	t.Parallel()
	s, primary, standby := replicated(t)
	product := addProduct(t, s, "test-mug", 100, 99)
	confirmed := newPlacement(t, s, 1, product)
	if _, err := s.PlaceOrder(t.Context(), confirmed, nil); err != nil {
		t.Fatal(err)
	}
	standby.Crash()
	for range 2 {
		lost := newPlacement(t, s, 1, product)
		for range 3 { // the shopper tries again
			if _, err := s.PlaceOrder(t.Context(), lost, nil); !IsUnavailable(err) || errors.Is(err, ErrAlreadyPlaced) {
				t.Errorf("an order that no standby has: %v, want it unavailable", err)
			}
			if _, err := s.OrderByCart(t.Context(), lost.Cart.ID); !errors.Is(err, ErrNotFound) {
				t.Errorf("it is shown: %v", err)
			}
		}
	}
	primary.Crash()
	standby.Restart()
	standby.Promote()
	after := openAt(t, standby.URL("postgres"))
	if _, err := after.OrderByCart(t.Context(), confirmed.Cart.ID); err != nil {
		t.Errorf("a confirmed order: %v", err)
	}
	if n := count(t, after.Read(), "SELECT COUNT(*) FROM orders"); n != 1 {
		t.Errorf("%d orders, want the confirmed one", n)
	}
}

// While the standby is away, writes are refused and reads go on, with no more
// connections than the pool has; once it is back, all goes on.
func TestReadsGoOnWithoutTheStandby(t *testing.T) {
	t.Parallel()
	s, _, standby := replicated(t)
	placements := make([]Placement, 20)
	for i := range placements { // each has a row to lock for itself
		placements[i] = newPlacement(t, s, 1, addProduct(t, s, fmt.Sprintf("test-mug-%d", i), 100, 9))
	}
	standby.Crash()
	if _, err := s.PlaceOrder(t.Context(), placements[0], nil); !IsUnavailable(err) {
		t.Errorf("an order: %v, want it unavailable", err)
	}
	var load sync.WaitGroup
	stop := time.Now().Add(standbyLoad())
	for i := range placements {
		load.Go(func() {
			for time.Now().Before(stop) {
				if _, err := s.PlaceOrder(t.Context(), placements[i], nil); !IsUnavailable(err) {
					t.Errorf("an order: %v, want it unavailable", err)
				}
			}
		})
		load.Go(func() {
			for time.Now().Before(stop) {
				if _, err := s.Product(t.Context(), "test-mug-0"); err != nil {
					t.Errorf("a page: %v", err)
				}
				time.Sleep(10 * time.Millisecond)
			}
		})
	}
	const connections = "SELECT COUNT(*) FROM pg_stat_activity WHERE application_name = 'trolley'"
	const stuck = "SELECT COUNT(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
	for time.Now().Before(stop) {
		if n := count(t, s.Read(), connections); n > 16 {
			t.Errorf("%d connections", n)
		}
		if n := count(t, s.Read(), stuck); n > 16/4 {
			t.Errorf("%d connections wait for the standby, of 16", n)
		}
		time.Sleep(50 * time.Millisecond)
	}
	load.Wait()
	if err := s.Ping(t.Context()); err == nil || !strings.Contains(NotReady(err), "commits wait for a standby") {
		t.Errorf("Ping = %v", err)
	}
	standby.Restart()
	placed := map[string]cart.Order{}
	for _, p := range placements {
		until(t, fmt.Sprintf("order of cart %s", p.Cart.ID), func() bool {
			o, err := s.PlaceOrder(t.Context(), p, nil)
			if errors.Is(err, ErrAlreadyPlaced) {
				err = nil
			}
			placed[p.Cart.ID] = o
			return err == nil
		})
	}
	if n := count(t, s.Read(), "SELECT COUNT(*) FROM orders"); n != 20 || len(placed) != 20 {
		t.Errorf("%d orders of 20 carts", n)
	}
	until(t, "it is ready", func() bool { return s.Ping(t.Context()) == nil })
}
