package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"trolley/internal/shop"
	"trolley/internal/web"
	"trolley/test/shoptest"
	"trolley/ui"
)

var stranger = netip.MustParseAddr("203.0.113.7")

func TestABurstIsLetInAndThenOneAtATime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := web.NewLimit(time.Minute, 3)
		for i := range 3 {
			if _, wait := l.Take(stranger); wait != 0 {
				t.Errorf("number %d has to wait for %v", i+1, wait)
			}
		}
		for range 10 { // a refused try makes the wait no longer
			if _, wait := l.Take(stranger); wait != time.Minute {
				t.Errorf("beyond the burst the wait is %v, want a minute", wait)
			}
		}
		time.Sleep(time.Minute)
		if _, wait := l.Take(stranger); wait != 0 {
			t.Errorf("after a minute another one has to wait for %v", wait)
		}
		if _, wait := l.Take(stranger); wait == 0 {
			t.Error("after a minute two more are let in")
		}
	})
}

func TestWhatFailedDoesNotCount(t *testing.T) {
	t.Parallel()
	l := web.NewLimit(time.Hour, 1)
	for range 5 {
		undo, wait := l.Take(stranger)
		if wait > 0 {
			t.Fatalf("what was taken back counts: wait %v", wait)
		}
		undo()
	}
}

func TestClientsAreLimitedByNetworkAndThisMachineIsNot(t *testing.T) {
	t.Parallel()
	l := web.NewLimit(time.Hour, 1)
	for _, c := range []struct {
		addr string
		free bool
	}{
		{"203.0.113.7", true}, {"203.0.113.7", false}, {"203.0.113.8", true},
		{"2001:db8:1:2::1", true}, {"2001:db8:1:2:ffff::2", false}, {"2001:db8:1:3::1", true},
		{"127.0.0.1", true}, {"127.0.0.1", true}, {"::1", true}, {"::1", true},
	} {
		if _, wait := l.Take(netip.MustParseAddr(c.addr)); (wait == 0) != c.free {
			t.Errorf("%s: wait %v, want none: %v", c.addr, wait, c.free)
		}
	}
}

// A client who takes no answer fills no memory, and keeps no other one out.
func TestOneClientHasSoManyRequestsUnderWay(t *testing.T) {
	t.Parallel()
	release, inside := make(chan struct{}), make(chan struct{})
	site, err := web.New(ui.Files, web.Options{Log: shoptest.Discard(), Problem: shop.Explain})
	if err != nil {
		t.Fatal(err)
	}
	public := site.Public(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			inside <- struct{}{}
			<-release
		}
	}), false)
	from := func(method, addr string) *http.Response {
		r := httptest.NewRequest(method, "/", nil)
		r.RemoteAddr = addr + ":1"
		w := httptest.NewRecorder()
		public.ServeHTTP(w, r)
		return w.Result()
	}
	const most = 256
	var all sync.WaitGroup
	for _, addr := range []string{stranger.String(), "127.0.0.1"} {
		for range most {
			all.Go(func() { from("POST", addr) })
			<-inside
		}
	}
	refused := from("GET", stranger.String())
	if refused.StatusCode != http.StatusTooManyRequests || refused.Header.Get("Retry-After") == "" || refused.Header.Get("X-Content-Type-Options") == "" {
		t.Errorf("one more than %d: status %d, %v", most, refused.StatusCode, refused.Header)
	}
	for _, addr := range []string{"127.0.0.1", "203.0.113.8"} {
		if other := from("GET", addr); other.StatusCode != http.StatusOK {
			t.Errorf("%s beside it: status %d", addr, other.StatusCode)
		}
	}
	close(release)
	all.Wait()
	if again := from("GET", stranger.String()); again.StatusCode != http.StatusOK {
		t.Errorf("when all are answered: status %d", again.StatusCode)
	}
}
