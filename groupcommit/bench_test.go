package groupcommit

import (
	"database/sql"
	"fmt"
	"sync"
	"testing"
)

const upsert = `INSERT INTO sessions (token, data, expiry) VALUES ($1, $2, julianday('now') + 1)
	ON CONFLICT (token) DO UPDATE SET data = excluded.data, expiry = excluded.expiry`

// saveSessions saves sessions of 500 bytes from n goroutines. The data differ
// each time: SQLite does not write a row that is the same.
func saveSessions(b *testing.B, db *sql.DB, n int) {
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
	for i := 0; b.Loop(); i++ {
		work <- i
	}
	close(work)
	wg.Wait()
}

func benchmarkPlain(b *testing.B, synchronous string) {
	for _, n := range []int{1, 32, 256} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			saveSessions(b, openPlain(b, newFile(b), synchronous), n)
		})
	}
}

func BenchmarkPlainFull(b *testing.B)   { benchmarkPlain(b, "_synchronous=FULL") }
func BenchmarkPlainNormal(b *testing.B) { benchmarkPlain(b, "_synchronous=NORMAL") }

func BenchmarkGrouped(b *testing.B) {
	for _, n := range []int{1, 32, 256} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			db, g := openGroup(b, connector(b, newFile(b), "_synchronous=FULL"), Options{})
			saveSessions(b, db, n)
			s := g.Stats()
			b.ReportMetric(float64(s.Statements)/float64(s.Groups), "stmts/commit")
		})
	}
}
