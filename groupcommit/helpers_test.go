package groupcommit

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"net/url"
	"path/filepath"
	"testing"
	"time"

	"modernc.org/sqlite"
)

const schema = `
CREATE TABLE counters (name TEXT PRIMARY KEY, n INTEGER NOT NULL CHECK (n >= 0)) STRICT;
CREATE TABLE log (id INTEGER PRIMARY KEY, who TEXT NOT NULL UNIQUE, data BLOB) STRICT;
CREATE TABLE child (log INTEGER NOT NULL REFERENCES log (id) DEFERRABLE INITIALLY DEFERRED) STRICT;
CREATE TABLE sessions (token TEXT PRIMARY KEY, data BLOB NOT NULL, expiry REAL NOT NULL);
CREATE INDEX sessions_expiry ON sessions (expiry);
`

const insertLog = "INSERT INTO log (who) VALUES (?)"

// newFile returns the name of a database file with the schema in it.
func newFile(tb testing.TB) string {
	tb.Helper()
	name := filepath.Join(tb.TempDir(), "test.db")
	mustExec(tb, openPlain(tb, name, ""), schema)
	return name
}

func connector(tb testing.TB, name, extra string) driver.Connector {
	tb.Helper()
	c, err := sqlite.NewConnector("file:" + (&url.URL{Path: name}).EscapedPath() +
		"?_txlock=immediate&_busy_timeout=5000&_journal_mode=WAL&_foreign_keys=1&" + extra)
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

// openPlain opens a pool of one ordinary connection.
func openPlain(tb testing.TB, name, extra string) *sql.DB {
	tb.Helper()
	db := sql.OpenDB(connector(tb, name, extra))
	db.SetMaxOpenConns(1)
	tb.Cleanup(func() { db.Close() })
	return db
}

// openGroup opens a pool of virtual connections. Unless o says otherwise they
// wait for a minute: a test machine may be slow.
func openGroup(tb testing.TB, c driver.Connector, o Options) (*sql.DB, *Group) {
	tb.Helper()
	o.MaxWait = cmp.Or(o.MaxWait, time.Minute)
	g := Connector(c, o)
	db := sql.OpenDB(g)
	db.SetMaxIdleConns(1024)
	tb.Cleanup(func() { db.Close() })
	return db, g
}

// openNew opens a Group on a new file and returns a plain pool on it, too.
func openNew(tb testing.TB, o Options) (db *sql.DB, g *Group, plain *sql.DB) {
	tb.Helper()
	name := newFile(tb)
	db, g = openGroup(tb, connector(tb, name, ""), o)
	return db, g, openPlain(tb, name, "")
}

type execer interface {
	ExecContext(context.Context, string, ...any) (sql.Result, error)
}

func mustExec(tb testing.TB, db execer, query string, args ...any) {
	tb.Helper()
	err := insist(func() error { _, err := db.ExecContext(tb.Context(), query, args...); return err })
	if err != nil {
		tb.Fatalf("%s: %v", query, err)
	}
}

func begin(tb testing.TB, db *sql.DB) *sql.Tx {
	tb.Helper()
	var tx *sql.Tx
	err := insist(func() (err error) { tx, err = db.BeginTx(context.Background(), nil); return err })
	if err != nil {
		tb.Fatalf("begin: %v", err)
	}
	return tx
}

// insist repeats what gets ErrBusy: with a short MaxWait a slow machine is busy.
func insist(do func() error) error {
	err := do()
	for start := time.Now(); errors.Is(err, ErrBusy) && time.Since(start) < 2*time.Minute; {
		err = do()
	}
	return err
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

// waitFor waits for something that is certain to happen soon.
func waitFor(tb testing.TB, what string, happened func() bool) {
	tb.Helper()
	for start := time.Now(); !happened(); time.Sleep(time.Millisecond) { // a loop without would take a processor
		if time.Since(start) > 2*time.Minute {
			tb.Fatalf("waited in vain for %s", what)
		}
	}
}

// call is one statement and what became of it.
type call struct {
	query string
	args  []any
	err   error
}

func insert(who string) *call { return &call{query: insertLog, args: []any{who}} }

// together makes the calls wait in the given order while a transaction holds the
// writer, lets it go and returns when all are answered.
func together(tb testing.TB, db *sql.DB, g *Group, calls ...*call) {
	tb.Helper()
	hold := begin(tb, db)
	done := queueCalls(tb, db, g, calls...)
	hold.Rollback()
	<-done
}

// queueCalls makes the calls wait in the given order. The channel is closed when all
// of them are answered.
func queueCalls(tb testing.TB, db *sql.DB, g *Group, calls ...*call) <-chan struct{} {
	tb.Helper()
	answers := make(chan struct{}, len(calls))
	before := g.Stats().Waiting
	for i, c := range calls {
		go func() {
			_, c.err = db.Exec(c.query, c.args...)
			answers <- struct{}{}
		}()
		waitFor(tb, "a statement in the queue", func() bool { return g.Stats().Waiting == before+i+1 })
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range calls {
			<-answers
		}
	}()
	return done
}
