package stmtcache

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"net/url"
	"path/filepath"
	"testing"

	"modernc.org/sqlite"
)

const schema = `CREATE TABLE log (id INTEGER PRIMARY KEY, who TEXT NOT NULL UNIQUE) STRICT`

const insertLog = "INSERT INTO log (who) VALUES (?)"

// newFile returns the name of a database file with the schema in it.
func newFile(tb testing.TB) string {
	tb.Helper()
	name := filepath.Join(tb.TempDir(), "test.db")
	mustExec(tb, open(tb, plain(tb, name)), schema)
	return name
}

// plain returns modernc's connector.
func plain(tb testing.TB, name string) driver.Connector {
	tb.Helper()
	c, err := sqlite.NewConnector("file:" + (&url.URL{Path: name}).EscapedPath() + "?_busy_timeout=5000&_journal_mode=WAL")
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

func open(tb testing.TB, c driver.Connector) *sql.DB {
	tb.Helper()
	db := sql.OpenDB(c)
	tb.Cleanup(func() { db.Close() })
	return db
}

type execer interface {
	ExecContext(context.Context, string, ...any) (sql.Result, error)
}

func mustExec(tb testing.TB, db execer, query string, args ...any) {
	tb.Helper()
	if _, err := db.ExecContext(tb.Context(), query, args...); err != nil {
		tb.Fatalf("%s: %v", query, err)
	}
}

// count returns the number of rows in log of who, of all for "%", -1 on errors.
func count(tb testing.TB, db *sql.DB, who string) int {
	tb.Helper()
	var n int
	err := db.QueryRow("SELECT count(*) FROM log WHERE who LIKE ?", who).Scan(&n)
	if err != nil {
		tb.Errorf("count %q: %v", who, err)
		return -1
	}
	return n
}
