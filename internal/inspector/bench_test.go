package inspector

import (
	"cmp"
	"fmt"
	"net/http"
	"os"
	"testing"
	"time"

	"trolley/session"
	"trolley/test/shoptest"
)

// BenchmarkBackOffice shows the inspector's pages over a table of
// TROLLEY_BENCH_SESSIONS sessions, a hundred thousand unless it says otherwise.
func BenchmarkBackOffice(b *testing.B) {
	shoptest.AboutSQLite(b)
	s := shoptest.New(b, withInspector)
	s.Exec(b, `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < CAST($1 AS INTEGER))
		INSERT INTO sessions (token, data, expiry) SELECT substr(hex(randomblob(22)), 1, 43),
		CAST(json_object('v', 1, 'deadline', '2099-01-01T00:00:00Z', 'values', json_object('cart', json_object('id', 'aaaaaaaaaaaaaaaaaaaaaaaaaa', 'currency', 'EUR',
		'lines', json_array(json_object('sku', 'peg-' || (1 + i % 60), 'quantity', 1 + i % 5, 'unit_price', 100), json_object('sku', 'mug', 'quantity', 1, 'unit_price', 1850))))) AS BLOB),
		julianday('now') + 1 + i % 7 FROM n`, cmp.Or(os.Getenv("TROLLEY_BENCH_SESSIONS"), "100000"))
	o := s.Office(b)
	for _, path := range []string{"/sessions", "/sessions?sort=expires", "/sessions?sort=value", "/sessions?q=sku:peg-7", "/sessions?q=id:AB", "/sessions?q=ada", "/sessions?q=AB", "/plots?for=1h", "/stock", "/orders", "/metrics"} {
		b.Run(path, func(b *testing.B) {
			for b.Loop() {
				o.Get(path).Want(b, http.StatusOK)
			}
		})
	}
	b.Run("count", func(b *testing.B) {
		for b.Loop() {
			if _, _, err := s.Store.CountSessions(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkObserve is what the inspector costs a request that commits, the working
// out included.
func BenchmarkObserve(b *testing.B) {
	r := NewRecorder()
	done := make(chan struct{})
	defer close(done)
	go func() {
		for {
			select {
			case <-r.wake:
				r.lock()()
			case <-done:
				return
			}
		}
	}()
	hashes := make([]string, 2000)
	for i := range hashes {
		hashes[i] = fmt.Sprintf("%043d", i)
	}
	e := session.Event{Kind: session.EventCommitted, Time: time.Now(), Took: time.Millisecond, Old: make([]byte, 500)}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		e.Hash, e.New = hashes[i%len(hashes)], make([]byte, 500)
		r.Observe(e)
	}
}
