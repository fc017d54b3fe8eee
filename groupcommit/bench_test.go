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

// BenchmarkRead finds one session of 1000.
func BenchmarkRead(b *testing.B) {
	name := newFile(b)
	mustExec(b, openPlain(b, name, ""), `WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n LIMIT 1000)
		INSERT INTO sessions SELECT 'token-' || i, zeroblob(500), julianday('now') + 1 FROM n`)
	read := connector(b, name, "_query_only=1")
	for what, db := range map[string]*sql.DB{"uncached": sql.OpenDB(read), "cached": sql.OpenDB(Cached(read, 64))} {
		defer db.Close()
		db.SetMaxOpenConns(1)
		b.Run(what, func(b *testing.B) {
			var data []byte
			for i := 0; b.Loop(); i++ {
				row := db.QueryRow("SELECT data FROM sessions WHERE token = $1 AND julianday('now') < expiry", fmt.Sprint("token-", i%1000))
				if err := row.Scan(&data); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
