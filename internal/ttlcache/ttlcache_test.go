package ttlcache

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

const ttl = 500 * time.Millisecond

func TestAnAnswerIsNeverOlderThanItsTimeToLive(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := New[string, time.Time](ttl, 10)
		for range 100 {
			got, err := c.Get(t.Context(), "k", func() (time.Time, error) { return time.Now(), nil })
			if age := time.Since(got); err != nil || age >= ttl {
				t.Fatalf("an answer of age %v, error %v", age, err)
			}
			<-time.After(30 * time.Millisecond)
		}
	})
}

func TestThoseWhoAskAtOnceShareOneLoad(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := New[string, int](ttl, 10)
		var loads atomic.Int64
		release := make(chan struct{})
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() {
				got, err := c.Get(t.Context(), "k", func() (int, error) { loads.Add(1); <-release; return 7, nil })
				if got != 7 || err != nil {
					t.Errorf("got %d, %v", got, err)
				}
			})
		}
		synctest.Wait() // all of them wait
		close(release)
		all.Wait()
		if got := loads.Load(); got != 1 {
			t.Errorf("%d loads, want 1", got)
		}
	})
}

func TestWhatWasAskedForBeforeForgetIsNotKept(t *testing.T) {
	t.Parallel()
	c := New[string, string](time.Hour, 10)
	got, _ := c.Get(t.Context(), "k", func() (string, error) { c.Forget(); return "old", nil })
	if got != "old" {
		t.Fatalf("got %q", got)
	}
	if got, _ = c.Get(t.Context(), "k", func() (string, error) { return "new", nil }); got != "new" {
		t.Errorf("after Forget: %q", got)
	}
}

func TestErrorsAreNotKeptAndNotShared(t *testing.T) {
	t.Parallel()
	c := New[string, int](time.Hour, 10)
	broken := errors.New("broken")
	if _, err := c.Get(t.Context(), "k", func() (int, error) { return 0, broken }); !errors.Is(err, broken) {
		t.Fatalf("got %v", err)
	}
	func() {
		defer func() { _ = recover() }()
		_, _ = c.Get(t.Context(), "k", func() (int, error) { panic("in load") })
	}()
	if got, err := c.Get(t.Context(), "k", func() (int, error) { return 7, nil }); got != 7 || err != nil {
		t.Errorf("got %d, %v", got, err)
	}
}

func TestOneWhoWaitsForAFailingLoadAsksForItself(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := New[string, int](time.Hour, 10)
		release := make(chan struct{})
		var all sync.WaitGroup
		all.Go(func() {
			_, _ = c.Get(t.Context(), "k", func() (int, error) { <-release; return 0, errors.New("broken") })
		})
		synctest.Wait()
		all.Go(func() {
			if got, err := c.Get(t.Context(), "k", func() (int, error) { return 7, nil }); got != 7 || err != nil {
				t.Errorf("got %d, %v", got, err)
			}
		})
		synctest.Wait()
		close(release)
		all.Wait()
	})
}

func TestWaitingEndsWithTheContext(t *testing.T) {
	t.Parallel()
	c := New[string, int](time.Hour, 10)
	started, release := make(chan struct{}), make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() {
		_, _ = c.Get(t.Context(), "k", func() (int, error) { close(started); <-release; return 7, nil })
	})
	<-started
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Get(ctx, "k", func() (int, error) { return 0, nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	close(release)
	all.Wait()
}

func TestTheCacheIsBounded(t *testing.T) {
	t.Parallel()
	c := New[int, int](time.Hour, 10)
	for i := range 1000 {
		if got, err := c.Get(t.Context(), i, func() (int, error) { return i, nil }); got != i || err != nil {
			t.Fatalf("got %d, %v", got, err)
		}
	}
	if got := len(c.answers); got != 10 {
		t.Errorf("%d answers kept, want 10", got)
	}
}
