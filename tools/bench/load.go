package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// The profiles.
const (
	mixed = "mixed" // 60% catalogue, 25% add, 15% cart
	adds  = "adds"
)

var skus = []string{"enamel-mug", "pour-over-dripper", "bread-knife", "small-pan", "tea-towel", "pepper-mill",
	"notebook", "brass-pencil", "desk-lamp", "scissors", "paper-tape", "clipboard",
	"watering-can", "hand-fork", "seed-box", "twine", "clay-pot", "bird-feeder",
	"tote", "lunch-tin", "flask", "umbrella", "key-ring", "bicycle-bell"}

// shop is a server with visitors.
type shop struct {
	*server
	others  []string // addresses of further nodes
	cookies [][]byte
	added   []atomic.Int64 // acknowledged adds of each visitor
}

// measured is one measurement.
type measured struct {
	rate, addRate float64       // answers, and acknowledged adds, per second
	p50, p99, max time.Duration // of all answers
	addP99        time.Duration
	errors, lost  int // not as it should be; acknowledged adds that the carts lack
	cpu           time.Duration
	groups        groups
	adds          float64 // acknowledged
}

// newShop makes n visitors, each with one thing in the cart: one after the
// other, since a server without a busy_timeout refuses most of what comes at once.
func newShop(s *server, n int, members bool) (*shop, error) {
	shop := &shop{server: s, cookies: make([][]byte, n), added: make([]atomic.Int64, n)}
	c := client{addr: s.addr}
	for i := range n {
		a, err := c.do(shop.add(nil, nil, "enamel-mug"), false)
		if err != nil || a.cookie == nil {
			return nil, fmt.Errorf("no session, status %d: %w", a.status, err)
		}
		if members {
			body := fmt.Sprintf("email=v%d@example.com&password=a+sieve,+two+mugs&remember=on", i)
			if a, err = c.do(shop.post(nil, a.cookie, "/account/new", body), false); err != nil || a.cookie == nil {
				return nil, fmt.Errorf("no account, status %d: %w", a.status, err)
			}
		}
		shop.cookies[i] = a.cookie
		shop.added[i].Add(1)
	}
	return shop, nil
}

func (s *shop) get(b []byte, path string, cookie []byte, accept string) []byte {
	b = append(b, "GET "+path+" HTTP/1.1\r\nHost: "+s.addr+"\r\nAccept: "+accept+"\r\nCookie: "...)
	return append(append(b, cookie...), "\r\n\r\n"...)
}

func (s *shop) add(b, cookie []byte, sku string) []byte {
	return s.post(b, cookie, "/cart/items", "sku="+sku+"&quantity=1")
}

func (s *shop) post(b, cookie []byte, path, body string) []byte {
	b = append(b, "POST "+path+" HTTP/1.1\r\nHost: "+s.addr+"\r\nOrigin: http://"+s.addr+
		"\r\nContent-Type: application/x-www-form-urlencoded\r\n"...)
	b = fmt.Appendf(b, "Content-Length: %d\r\n", len(body))
	if cookie != nil {
		b = append(append(append(b, "Cookie: "...), cookie...), "\r\n"...)
	}
	return append(b, "\r\n"+body...)
}

// load loads the shop with a profile and then counts what the carts hold.
func (s *shop) load(ctx context.Context, profile string, conns int, duration time.Duration) (measured, error) {
	ctx, cancel := context.WithTimeout(ctx, duration)
	defer cancel()
	workers := make([]*worker, conns)
	var all sync.WaitGroup
	grouped, err := s.groups()
	if err != nil {
		return measured{}, err
	}
	nodes := append([]string{s.addr}, s.others...)
	cpu, began := s.cpu(), time.Now()
	for i := range workers {
		workers[i] = &worker{shop: s, c: client{addr: nodes[i%len(nodes)]}, profile: profile}
		all.Go(func() { workers[i].run(ctx) })
	}
	all.Wait()
	took := time.Since(began)
	m := summary(workers, took)
	if n := m.rate * took.Seconds(); n > 0 {
		m.cpu = time.Duration(float64(s.cpu()-cpu) / n)
	}
	now, err := s.groups()
	if err != nil {
		return m, err
	}
	m.groups = now.minus(grouped)
	m.lost, err = s.lost()
	return m, err
}

// worker is one connection.
type worker struct {
	*shop
	c       client
	profile string
	all     []time.Duration
	adds    []time.Duration
	errors  int
}

func (w *worker) run(ctx context.Context) {
	var request []byte
	for ctx.Err() == nil {
		visitor := rand.IntN(len(w.cookies))
		cookie := w.cookies[visitor]
		kind, want := rand.IntN(100), 200
		if w.profile == adds {
			kind = 60
		}
		isAdd := kind >= 60 && kind < 85
		switch {
		case kind < 60:
			request = w.get(request[:0], "/", cookie, "text/html")
		case isAdd:
			request, want = w.add(request[:0], cookie, skus[rand.IntN(len(skus))]), 303
		default:
			request = w.get(request[:0], "/cart", cookie, "text/html")
		}
		w.send(request, want, isAdd, visitor)
	}
}

func (w *worker) send(request []byte, want int, isAdd bool, visitor int) {
	began := time.Now()
	a, err := w.c.do(request, false)
	took := time.Since(began)
	// An add that was clamped was not one.
	if err != nil || a.status != want || isAdd && bytes.Contains(a.location, []byte("limit=")) {
		w.errors++
		return
	}
	w.all = append(w.all, took)
	if isAdd {
		w.adds = append(w.adds, took)
		w.added[visitor].Add(1)
	}
}

func summary(workers []*worker, took time.Duration) (m measured) {
	var all, adds []time.Duration
	for _, w := range workers {
		all, adds = append(all, w.all...), append(adds, w.adds...)
		m.errors += w.errors
	}
	slices.Sort(all)
	slices.Sort(adds)
	m.adds = float64(len(adds))
	m.rate, m.addRate = float64(len(all))/took.Seconds(), float64(len(adds))/took.Seconds()
	m.p50, m.p99, m.max, m.addP99 = quantile(all, .5), quantile(all, .99), quantile(all, 1), quantile(adds, .99)
	return m
}

func quantile(sorted []time.Duration, q float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(len(sorted)-1, int(q*float64(len(sorted))))]
}

// lost reads every cart and returns how many acknowledged adds are not in it
// since it was read last.
func (s *shop) lost() (lost int, err error) {
	c := client{addr: s.addr}
	for i, cookie := range s.cookies {
		a, err := c.do(s.get(nil, "/cart", cookie, "application/json"), true)
		if err != nil {
			return lost, err
		}
		var cart struct{ Quantity int64 }
		if err := json.Unmarshal(a.body, &cart); err != nil {
			return lost, fmt.Errorf("cart of status %d: %w", a.status, err)
		}
		lost += int(s.added[i].Swap(cart.Quantity) - cart.Quantity)
	}
	return lost, nil
}
