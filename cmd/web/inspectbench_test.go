package main

import (
	"cmp"
	"net/http"
	"os"
	"testing"
	"time"

	"trolley/session"
)

// BenchmarkBackOffice shows the inspector's pages over a table of
// TROLLEY_BENCH_SESSIONS sessions, a hundred thousand unless it says otherwise.
func BenchmarkBackOffice(b *testing.B) {
	aboutSQLite(b)
	s := newShop(b)
	s.exec(b, `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < CAST($1 AS INTEGER))
		INSERT INTO sessions (token, data, expiry) SELECT substr(hex(randomblob(22)), 1, 43),
		CAST(json_object('v', 1, 'deadline', '2099-01-01T00:00:00Z', 'values', json_object('cart', json_object('id', 'aaaaaaaaaaaaaaaaaaaaaaaaaa', 'currency', 'EUR',
		'lines', json_array(json_object('sku', 'peg-' || (1 + i % 60), 'quantity', 1 + i % 5, 'unit_price', 100), json_object('sku', 'mug', 'quantity', 1, 'unit_price', 1850))))) AS BLOB),
		julianday('now') + 1 + i % 7 FROM n`, cmp.Or(os.Getenv("TROLLEY_BENCH_SESSIONS"), "100000"))
	o := s.office(b)
	for _, path := range []string{"/sessions", "/sessions?sort=expires", "/sessions?sort=value", "/sessions?sku=peg-7", "/sessions?id=AB", "/plots", "/metrics"} {
		b.Run(path, func(b *testing.B) {
			for b.Loop() {
				o.get(path).want(b, http.StatusOK)
			}
		})
	}
	b.Run("count", func(b *testing.B) {
		for b.Loop() {
			if _, _, err := s.store.CountSessions(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkObserve is what the inspector costs a request that commits.
func BenchmarkObserve(b *testing.B) {
	s := newShop(b)
	e := session.Event{Kind: session.EventCommitted, Time: time.Now(), Hash: "0123456789abcdefghij0123456789abcdefghij012", Took: time.Millisecond,
		Old: make([]byte, 500), New: make([]byte, 500)}
	go func() {
		for e := range s.inspector.news {
			s.inspector.note(e)
		}
	}()
	defer close(s.inspector.news)
	b.ReportAllocs()
	for b.Loop() {
		s.inspector.observe(e)
	}
}
