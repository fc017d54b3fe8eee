package e2e

import (
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"trolley/test/blackbox"
	"trolley/test/proctest"
)

// kills is how often the tests of this kind kill the program.
func kills(t testing.TB) int { return proctest.Times(t, "TROLLEY_KILLS", 5) }

// killAmid runs clients at once and kills the shop in the middle of what they
// do: a moment after the given number of times that one of them has called
// ack. A client gives up where its request fails.
func (s *shop) killAmid(t testing.TB, acks int, clients []func(ack func())) {
	t.Helper()
	var acked atomic.Int64
	reached := make(chan struct{})
	reach := sync.OnceFunc(func() { close(reached) })
	if acks == 0 {
		reach()
	}
	var done sync.WaitGroup
	for _, client := range clients {
		done.Go(func() {
			client(func() {
				if acked.Add(1) >= int64(acks) {
					reach()
				}
			})
		})
	}
	go func() { done.Wait(); reach() }()
	<-reached
	// Anywhere between two acknowledgements, or just after one.
	const moment = 3 * time.Millisecond
	<-time.After(rand.N(moment))
	s.Kill()
	done.Wait()
}

// shopper is a session and what was asked of its cart: of each product once,
// so that the cart tells of every add whether it is there.
type shopper struct {
	mu     sync.Mutex
	cookie string
	adds   []*wish
}

type wish struct {
	sku      string
	quantity int
	acked    bool
}

// shopper begins a session with one thing in its cart.
func (s *shop) shopper(t testing.TB) *shopper {
	t.Helper()
	const first = "thing-1"
	return &shopper{cookie: s.begin(t, first), adds: []*wish{{first, 1, true}}}
}

// maxWishes keeps a cart within its limits: 50 lines, 20 units each, 200 in all.
const maxWishes = 50

// next returns the next thing to add, nil after the last.
func (v *shopper) next() *wish {
	v.mu.Lock()
	defer v.mu.Unlock()
	n := len(v.adds) + 1
	if n > maxWishes {
		return nil
	}
	w := &wish{sku: "thing-" + strconv.Itoa(n), quantity: 1 + n%4}
	v.adds = append(v.adds, w)
	return w
}

// shopAround adds until there is nothing left to add or the shop has gone. It
// reports an answer that broke off, which no graceful end may do.
func (v *shopper) shopAround(t testing.TB, s *shop, ack func()) (whole bool) {
	for w := v.next(); w != nil; w = v.next() {
		r := add(s, v.cookie, w.sku, w.quantity)
		a := patiently(t.Context(), r.Send(t.Context()), r)
		if w.acked = a.IsAcknowledged(); w.acked {
			ack()
		}
		switch {
		case a.Err != nil:
			return !a.IsTruncated()
		case !w.acked:
			t.Errorf("add of %d %s: status %d, %q\n%s", w.quantity, w.sku, a.Status, a.Location, a.Body)
			return true
		}
	}
	return true
}

// wantKept fails the test unless every add that was acknowledged is in the
// cart, and every other one as a whole or not at all. It returns how many were
// acknowledged.
func (v *shopper) wantKept(t testing.TB, s *shop) (acknowledged int) {
	t.Helper()
	a := s.must(t, blackbox.Request{Path: "/cart", Cookie: v.cookie, JSON: true})
	if a.Cookie != "" {
		t.Errorf("the session's cookie was replaced: the session is over")
	}
	kept, units := a.Cart(t), 0
	for _, w := range v.adds {
		got := kept.Of(w.sku)
		switch {
		case w.acked && got != w.quantity:
			t.Errorf("%d of %s were acknowledged, the cart has %d", w.quantity, w.sku, got)
		case got != 0 && got != w.quantity:
			t.Errorf("%d of %s were asked for, the cart has %d", w.quantity, w.sku, got)
		}
		if w.acked {
			acknowledged++
		}
		units += got
	}
	if kept.Quantity != units {
		t.Errorf("the cart has %d things, %d of which were asked for", kept.Quantity, units)
	}
	return acknowledged
}

// killAmidAdds starts sessions, has several clients each add to them, kills the
// shop meanwhile, and returns the sessions.
func killAmidAdds(t testing.TB, s *shop) []*shopper {
	t.Helper()
	const sessions, each = 4, 3
	var shoppers []*shopper
	var clients []func(func())
	for range sessions {
		v := s.shopper(t)
		shoppers = append(shoppers, v)
		for range each {
			clients = append(clients, func(ack func()) { v.shopAround(t, s, ack) })
		}
	}
	s.killAmid(t, 1+rand.N(sessions*maxWishes*3/4), clients)
	return shoppers
}

// A kill loses what the program holds in memory, so this fails for a program
// that answers before it has committed. What the kernel holds survives: that
// the commit also reaches the disk is for PRAGMA synchronous, which the program
// reads back.
func TestAcknowledgedAddsSurviveKill(t *testing.T) {
	t.Parallel()
	s := plenty(t)
	var all []*shopper
	acknowledged := 0
	for range kills(t) {
		shoppers := killAmidAdds(t, s)
		s = start(t, s.DB)
		blackbox.WantWhole(t, s.DB)
		for _, v := range shoppers {
			acknowledged += v.wantKept(t, s)
		}
		all = append(all, shoppers...)
	}
	for _, v := range all { // also those from before the last kills
		v.wantKept(t, s)
	}
	t.Logf("%d kills, %d sessions, %d acknowledged adds, all there", kills(t), len(all), acknowledged)
}

// The cart of an account is in another row than that of a guest's session.
func TestAcknowledgedAddsToAnAccountSurviveKill(t *testing.T) {
	t.Parallel()
	s := plenty(t)
	form := []string{"email", "ada@example.com", "password", "a sieve, two mugs"}
	phone := s.post(t, "/account/new", "", form...).Want(t, http.StatusSeeOther).Cookie
	desk := s.post(t, "/account/login", "", form...).Want(t, http.StatusSeeOther).Cookie
	v := &shopper{cookie: phone}
	client := func(ack func()) { v.shopAround(t, s, ack) }
	s.killAmid(t, 1+rand.N(maxWishes/2), []func(func()){client, client, client})
	s = start(t, s.DB)
	blackbox.WantWhole(t, s.DB)
	for _, v.cookie = range []string{phone, desk} {
		v.wantKept(t, s)
	}
}
