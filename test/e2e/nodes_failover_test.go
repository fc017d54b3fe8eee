package e2e

import (
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"trolley/test/blackbox"
	"trolley/test/pgtest"
	"trolley/test/proctest"
)

// recovery is how long after the promotion of a standby the shop takes writes again.
const recovery = 30 * time.Second

// followed returns the URL of a database with the shelves, which has a synchronous
// standby, and what has the primary crash and the standby take its place.
func followed(t *testing.T) (dsn string, failOver func()) {
	t.Helper()
	primary := pgtest.Start(t)
	if err := shelved.Prepare(primary.URL("postgres")); err != nil {
		t.Fatal(err)
	}
	standby := primary.Standby()
	blackbox.Change(t, primary.URL("postgres"), "ALTER SYSTEM SET synchronous_standby_names = '*'")
	blackbox.Change(t, primary.URL("postgres"), "SELECT pg_reload_conf()")
	dsn = fmt.Sprintf("postgres://trolley@%s,%s/postgres?sslmode=disable&target_session_attrs=read-write", primary.Host, standby.Host)
	return dsn, func() {
		primary.Crash()
		standby.Promote()
	}
}

// The primary crashes while three nodes sell, and its standby takes over. The shop
// goes on by itself. Every add that was acknowledged is there, once; a form whose
// answer got lost is sent again and is one order.
func TestTheShopGoesOnWithoutItsPrimary(t *testing.T) {
	t.Parallel()
	const sessions, each, buyers = 6, 2, 8
	dsn, failOver := followed(t)
	s := nodesOn(t, dsn, proctest.Trolley).front
	before := inventory(t, dsn)
	var shoppers []*shopper
	for range sessions {
		shoppers = append(shoppers, s.shopper(t))
	}
	var checkouts []*buyer
	for range buyers {
		cookie := s.begin(t, "thing-1", "thing-2")
		checkouts = append(checkouts, &buyer{form: s.submit(t, cookie), cart: s.cart(t, cookie)})
	}
	var acked atomic.Int64
	var selling sync.WaitGroup
	for _, v := range shoppers {
		for range each {
			selling.Go(func() { v.shopThrough(t, s, &acked) })
		}
	}
	const enough = 40
	waitFor(t, func() bool { return acked.Load() >= enough })
	for _, b := range checkouts {
		selling.Go(func() { b.buyThrough(t) })
	}
	failOver()
	promoted, known := time.Now(), acked.Load()
	waitFor(t, func() bool { return acked.Load() > known })
	took := time.Since(promoted)
	if took > recovery {
		t.Errorf("adds go on %v after the promotion, want %v at most", took, recovery)
	}
	selling.Wait()
	kept := 0
	for _, v := range shoppers {
		kept += v.wantKept(t, s)
	}
	for _, b := range checkouts {
		b.wantOneOrder(t, s)
	}
	wantBalanced(t, dsn, before)
	if n := blackbox.Count(t, dsn, "SELECT COUNT(*) FROM orders"); n != buyers {
		t.Errorf("%d orders of %d carts", n, buyers)
	}
	t.Logf("%d adds acknowledged, %d before the promotion, all there; %d orders; on again after %v", kept, known, buyers, took)
}

// shopThrough adds until there is nothing left to add, each thing once, and waits
// where the shop has no database.
func (v *shopper) shopThrough(t *testing.T, s *shop, acked *atomic.Int64) {
	for w := v.next(); w != nil; w = v.next() {
		a := add(s, v.cookie, w.sku, w.quantity).Send(t.Context())
		if w.acked = a.IsAcknowledged(); w.acked {
			acked.Add(1)
			continue
		}
		if a.Err != nil || a.Status != http.StatusServiceUnavailable {
			t.Errorf("add of %s: status %d, %v\n%s", w.sku, a.Status, a.Err, a.Body)
			return
		}
		waitFor(t, func() bool {
			return blackbox.Request{Shop: s.Shop, Path: "/cart", Cookie: v.cookie}.Send(t.Context()).Status == http.StatusOK
		})
	}
}

// buyThrough sends the form until it is answered with an order.
func (b *buyer) buyThrough(t *testing.T) {
	waitFor(t, func() bool {
		a := b.form.Send(t.Context())
		if b.acked = a.Order(); b.acked == "" && a.Status != http.StatusServiceUnavailable {
			t.Errorf("checkout: status %d, %v\n%s", a.Status, a.Err, a.Body)
		}
		return b.acked != ""
	})
}

// waitFor returns when holds does, or, with an error, when that takes too long.
func waitFor(t *testing.T, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.After(proctest.Patience); !holds(); {
		select {
		case <-tick.C:
		case <-deadline:
			t.Error("in vain")
			return
		case <-t.Context().Done():
			return
		}
	}
}
