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

// loadKey is the key of what a cache loads, which tests choose for each Get.
type loadKey struct{}

func with[V any](ctx context.Context, load func() (V, error)) context.Context {
	return context.WithValue(ctx, loadKey{}, load)
}

func given[K comparable, V any](ctx context.Context, _ K) (V, error) {
	return ctx.Value(loadKey{}).(func() (V, error))()
}

func TestAnAnswerIsNeverOlderThanItsTimeToLive(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := New(ttl, 10, given[string, time.Time])
		for range 100 {
			got, err := c.Get(with(t.Context(), func() (time.Time, error) { return time.Now(), nil }), "k")
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
		c := New(ttl, 10, given[string, int])
		var loads atomic.Int64
		release := make(chan struct{})
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() {
				got, err := c.Get(with(t.Context(), func() (int, error) { loads.Add(1); <-release; return 7, nil }), "k")
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
	c := New(time.Hour, 10, given[string, string])
	got, _ := c.Get(with(t.Context(), func() (string, error) { c.Forget(); return "old", nil }), "k")
	if got != "old" {
		t.Fatalf("got %q", got)
	}
	if got, _ = c.Get(with(t.Context(), func() (string, error) { return "new", nil }), "k"); got != "new" {
		t.Errorf("after Forget: %q", got)
	}
}

func TestErrorsAreNotKeptAndNotShared(t *testing.T) {
	t.Parallel()
	c := New(time.Hour, 10, given[string, int])
	broken := errors.New("broken")
	if _, err := c.Get(with(t.Context(), func() (int, error) { return 0, broken }), "k"); !errors.Is(err, broken) {
		t.Fatalf("got %v", err)
	}
	func() {
		defer func() { _ = recover() }()
		_, _ = c.Get(with(t.Context(), func() (int, error) { panic("in load") }), "k")
	}()
	if got, err := c.Get(with(t.Context(), func() (int, error) { return 7, nil }), "k"); got != 7 || err != nil {
		t.Errorf("got %d, %v", got, err)
	}
}

func TestOneWhoWaitsForAFailingLoadAsksForItself(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := New(time.Hour, 10, given[string, int])
		release := make(chan struct{})
		var all sync.WaitGroup
		all.Go(func() {
			_, _ = c.Get(with(t.Context(), func() (int, error) { <-release; return 0, errors.New("broken") }), "k")
		})
		synctest.Wait()
		all.Go(func() {
			if got, err := c.Get(with(t.Context(), func() (int, error) { return 7, nil }), "k"); got != 7 || err != nil {
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
	c := New(time.Hour, 10, given[string, int])
	started, release := make(chan struct{}), make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() {
		_, _ = c.Get(with(t.Context(), func() (int, error) { close(started); <-release; return 7, nil }), "k")
	})
	<-started
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Get(with(ctx, func() (int, error) { return 0, nil }), "k"); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	close(release)
	all.Wait()
}

func TestTheCacheIsBounded(t *testing.T) {
	t.Parallel()
	c := New(time.Hour, 10, given[int, int])
	for i := range 1000 {
		if got, err := c.Get(with(t.Context(), func() (int, error) { return i, nil }), i); got != i || err != nil {
			t.Fatalf("got %d, %v", got, err)
		}
	}
	if got := len(c.answers); got != 10 {
		t.Errorf("%d answers kept, want 10", got)
	}
}
