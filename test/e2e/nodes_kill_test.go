package e2e

import (
	"math/rand/v2"
	"net/http"
	"sync/atomic"
	"testing"
)

// shopOn adds until there is nothing left to add, whatever becomes of single
// adds, and counts those that a node took with it.
func (v *shopper) shopOn(t testing.TB, s *shop, ack func(), broken *atomic.Int64) {
	for w := v.next(); w != nil; w = v.next() {
		r := add(s, v.cookie, w.sku, w.quantity)
		a := patiently(t.Context(), r.Send(t.Context()), r)
		switch w.acked = a.IsAcknowledged(); {
		case w.acked:
			ack()
		case a.Status == http.StatusBadGateway:
			broken.Add(1)
		default:
			t.Errorf("add of %d %s: status %d, %q, %v\n%s", w.quantity, w.sku, a.Status, a.Location, a.Err, a.Body)
		}
	}
}

// A node dies under load. What it was answering at that moment may fail, and the
// next request on a connection to it that the front had kept: of each client two at
// most. Nothing else does, and what was acknowledged is there.
func TestADeadNodeTakesNothingWithIt(t *testing.T) {
	t.Parallel()
	const sessions, each = 4, 3
	c := three(t)
	for i := range c.nodes[1:] { // one stays
		var shoppers []*shopper
		var clients []func(func())
		var broken atomic.Int64
		for range sessions {
			v := c.front.shopper(t)
			shoppers = append(shoppers, v)
			for range each {
				clients = append(clients, func(ack func()) { v.shopOn(t, c.front, ack, &broken) })
			}
		}
		c.nodes[i].killAmid(t, 1+rand.N(sessions*maxWishes*3/4), clients)
		acknowledged := 0
		for _, v := range shoppers {
			acknowledged += v.wantKept(t, c.front)
		}
		if n := broken.Load(); n > 2*sessions*each {
			t.Errorf("%d requests failed, of %d clients", n, sessions*each)
		}
		if want := sessions*maxWishes - int(broken.Load()); acknowledged != want {
			t.Errorf("%d adds were acknowledged, want %d: all but those that failed", acknowledged, want)
		}
		t.Logf("node %d died: %d adds acknowledged, all there; %d failed", i, acknowledged, broken.Load())
	}
}
