package session

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func (g *gate) size() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.turns)
}

// Turns are taken in the order in which they were asked for, one at a time.
func TestGateKeepsTheOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := gate{turns: make(map[string]*turn)}
		var wg sync.WaitGroup
		var order []int // guarded by the turn
		leave, err := g.enter(t.Context(), "a", time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 50 {
			wg.Go(func() {
				leave, err := g.enter(t.Context(), "a", time.Hour)
				if err != nil {
					t.Error(err)
					return
				}
				defer leave()
				order = append(order, i)
			})
			synctest.Wait() // i waits
		}
		if len(order) > 0 {
			t.Errorf("%v passed a turn that was taken", order)
		}
		leave()
		wg.Wait()
		if len(order) != 50 || !slices.IsSorted(order) {
			t.Errorf("order %v", order)
		}
		if got := g.size(); got != 0 {
			t.Errorf("%d turns are left in the map", got)
		}
	})
}

// No request waits for longer than MaxWait.
func TestGateWaitIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := gate{turns: make(map[string]*turn)}
		leave, err := g.enter(t.Context(), "a", time.Second)
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		if _, err := g.enter(t.Context(), "a", 2*time.Second); !errors.Is(err, ErrBusy) {
			t.Errorf("error %v, want %v", err, ErrBusy)
		}
		if got, want := time.Since(start), 2*time.Second; got != want { // the bubble's clock
			t.Errorf("waited %v, want %v", got, want)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := g.enter(ctx, "a", time.Hour); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v, want %v", err, context.DeadlineExceeded)
		}
		if got, want := g.size(), 1; got != want {
			t.Errorf("%d turns, want %d", got, want)
		}
		leave()
		if got := g.size(); got != 0 {
			t.Errorf("%d turns are left in the map", got)
		}
		if leave, err = g.enter(t.Context(), "a", time.Second); err != nil { // it is free again
			t.Fatal(err)
		}
		leave()
	})
}

func TestGateHoldsUpOneSessionOnly(t *testing.T) {
	t.Parallel()
	g := gate{turns: make(map[string]*turn)}
	for i := range 10 {
		leave, err := g.enter(t.Context(), fmt.Sprint(i), time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		defer leave()
	}
	if got, want := g.size(), 10; got != want {
		t.Errorf("%d turns, want %d", got, want)
	}
}

// Within one process adds take turns, so that no handler runs in vain.
func TestGateSparesConflicts(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{})
	cookie := s.begin()
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() { s.post(cookie, s.do(addOne)) })
	}
	wg.Wait()
	if got := s.Stats().Conflicts; got != 0 || s.count(cookie) != 51 {
		t.Errorf("%d conflicts, want none; count %d, want 51", got, s.count(cookie))
	}
	if got := s.gate.size(); got != 0 {
		t.Errorf("%d turns are left in the map", got)
	}
}

func addOne(ctx context.Context) error {
	n, _ := countKey.Get(ctx)
	return countKey.Put(ctx, n+1)
}

// MaxWait is for all waits of a request together: one that waited for its turn does not
// wait as long again for a database that hangs.
func TestMaxWaitIsForAllWaitsTogether(t *testing.T) {
	t.Parallel()
	path := table(t)
	reader := open(t, path)
	reader.SetMaxOpenConns(1)
	s := newSiteOn(t, path, 5000, Options{Reader: reader, MaxWait: 2 * time.Second})
	cookie := s.begin()
	busy, err := reader.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	synctest.Test(t, func(t *testing.T) {
		leave, err := s.gate.enter(t.Context(), tokenOf(cookie), s.o.MaxWait)
		if err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(1500*time.Millisecond, leave)
		began := time.Now()
		a := s.post(cookie, never(t))
		if took := time.Since(began); took != s.o.MaxWait || a.status != http.StatusServiceUnavailable { // the bubble's clock
			t.Errorf("status %d after %v, want 503 after %v", a.status, took, s.o.MaxWait)
		}
	})
}

// While a session's turn is taken its pages can be read, other sessions can be
// written, and those who wait in vain are told so; nothing of theirs is done.
func TestTakenTurn(t *testing.T) {
	t.Parallel()
	bubble(t, Options{MaxWait: time.Second}, func(t *testing.T, s *site) {
		cookie, other := s.begin(), s.begin()
		a := s.post(cookie, func(http.ResponseWriter, *http.Request) {
			if got, want := s.count(cookie), 1; got != want {
				t.Errorf("a page reads %d, want %d", got, want)
			}
			for _, cookie := range []string{other, "", ""} { // another session; new ones
				if a := s.post(cookie, s.put(2)); a.status != http.StatusOK {
					t.Errorf("%q: status %d, error %v", cookie, a.status, s.failed)
				}
			}
			wantUnavailable(t, s.post(cookie, never(t)))
			if !errors.Is(s.failed, ErrBusy) {
				t.Errorf("error %v, want %v", s.failed, ErrBusy)
			}
		})
		if a.status != http.StatusOK || s.gate.size() != 0 {
			t.Errorf("status %d, error %v; %d turns left", a.status, s.failed, s.gate.size())
		}
	})
}

// A page that writes (a GET should not, but may) takes no turn and loses nothing.
func TestWriteOfASafeRequestIsNotLost(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{})
	cookie := s.begin()
	runs := 0
	s.get(cookie, func(w http.ResponseWriter, r *http.Request) {
		n, _ := countKey.Get(r.Context())
		if runs++; runs == 1 {
			s.post(cookie, s.do(addOne))
		}
		s.put(n+10)(w, r)
	})
	if got, want := s.count(cookie), 12; got != want || runs != 2 || s.Stats().Conflicts != 1 {
		t.Errorf("count %d, want %d; %d runs, %d conflicts", got, want, runs, s.Stats().Conflicts)
	}
}
