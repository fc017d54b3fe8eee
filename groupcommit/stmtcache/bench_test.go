package stmtcache

import (
	"database/sql"
	"fmt"
	"testing"
)

// BenchmarkRead finds one row of 1000.
func BenchmarkRead(b *testing.B) {
	name := newFile(b)
	mustExec(b, open(b, plain(b, name)), `WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n LIMIT 1000)
		INSERT INTO log (who) SELECT 'who-' || i FROM n`)
	read := plain(b, name)
	for what, db := range map[string]*sql.DB{"uncached": sql.OpenDB(read), "cached": sql.OpenDB(Connector(read))} {
		defer db.Close()
		db.SetMaxOpenConns(1)
		b.Run(what, func(b *testing.B) {
			var id int
			for i := 0; b.Loop(); i++ {
				row := db.QueryRow("SELECT id FROM log WHERE who = $1", fmt.Sprint("who-", i%1000))
				if err := row.Scan(&id); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
