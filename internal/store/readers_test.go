package store

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
)

// A reader sees what was acknowledged, by this process or by another: in memory or
// in the table.
func TestReadersSeeWhatWasAcknowledged(t *testing.T) {
	t.Parallel()
	const visitors, writes = 4, 60 // of each process
	path := filepath.Join(t.TempDir(), "trolley.db")
	processes := []*shop{openShop(t, path), openShop(t, path)}
	var cookies [visitors]string
	var acknowledged [visitors]atomic.Int64
	for i := range cookies {
		cookies[i] = processes[0].must("/count", "").cookie
		acknowledged[i].Store(1)
	}
	ctx, done := context.WithCancel(t.Context())
	var writers, readers sync.WaitGroup
	for i := range cookies {
		for _, p := range processes {
			writers.Go(func() {
				for range writes {
					a := p.sendAtLast(http.MethodPost, "/count", cookies[i])
					n, _ := strconv.ParseInt(a.body, 10, 64)
					for known := acknowledged[i].Load(); n > known && !acknowledged[i].CompareAndSwap(known, n); known = acknowledged[i].Load() {
					}
				}
			})
			readers.Go(func() {
				for ctx.Err() == nil {
					least := acknowledged[i].Load()
					if n := p.counted(cookies[i]); n < least {
						t.Errorf("a reader got %d after %d was acknowledged", n, least)
						return
					}
				}
			})
		}
	}
	writers.Wait()
	done()
	readers.Wait()
	for i := range cookies {
		if got, want := acknowledged[i].Load(), int64(1+writes*len(processes)); got != want {
			t.Errorf("visitor %d counts %d, want %d", i, got, want)
		}
	}
	for i, p := range processes {
		if kept := p.sessions.Stats().Cached; kept == 0 {
			t.Errorf("process %d kept nothing in memory: nothing was proved", i)
		}
	}
}

// counted returns what /count last returned.
func (s *shop) counted(cookie string) (n int64) {
	_, _ = fmt.Sscan(s.sendAtLast(http.MethodGet, "/count", cookie).body, &n)
	return n
}
