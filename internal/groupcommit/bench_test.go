package groupcommit

import (
	"database/sql"
	"fmt"
	"sync"
	"testing"
)

const upsert = `INSERT INTO sessions (token, data, expiry) VALUES ($1, $2, julianday('now') + 1)
	ON CONFLICT (token) DO UPDATE SET data = excluded.data, expiry = excluded.expiry`

// benchmarkWrites saves sessions of 500 bytes from n goroutines.
func benchmarkWrites(b *testing.B, db *sql.DB, n int) {
	var wg sync.WaitGroup
	work := make(chan int, n)
	for w := range n {
		wg.Go(func() {
			token, data := fmt.Sprintf("token-%d", w), make([]byte, 500)
			for i := range work {
				data[0], data[1], data[2] = byte(i), byte(i>>8), byte(i>>16)
				if _, err := db.Exec(upsert, token, data); err != nil {
					b.Error(err)
				}
			}
		})
	}
	i := 0
	for b.Loop() {
		work <- i
		i++
	}
	close(work)
	wg.Wait()
}

var parallelism = []int{1, 32, 256}

func BenchmarkPlain(b *testing.B) {
	for _, synchronous := range []string{"FULL", "NORMAL"} {
		for _, n := range parallelism {
			b.Run(fmt.Sprintf("%s/%d", synchronous, n), func(b *testing.B) {
				benchmarkWrites(b, openPlain(b, newFile(b), synchronous), n)
			})
		}
	}
}

func BenchmarkGrouped(b *testing.B) {
	for _, synchronous := range []string{"FULL", "NORMAL"} {
		for _, n := range parallelism {
			b.Run(fmt.Sprintf("%s/%d", synchronous, n), func(b *testing.B) {
				db, g := openGroup(b, connector(b, newFile(b), "_synchronous="+synchronous), Options{})
				benchmarkWrites(b, db, n)
				s := g.Stats()
				b.ReportMetric(float64(s.Statements)/float64(s.Groups), "stmts/commit")
			})
		}
	}
}
