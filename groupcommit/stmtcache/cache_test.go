package stmtcache

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"modernc.org/sqlite"
)

// preparer counts the statements that are prepared and closed.
type preparer struct {
	driver.Connector
	prepared, closed atomic.Int64
}

func (p *preparer) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := p.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &preparerConn{conn.(innerConn), p}, nil
}

type preparerConn struct {
	innerConn
	p *preparer
}

func (c *preparerConn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	s, err := c.innerConn.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	c.p.prepared.Add(1)
	return &preparerStmt{s.(statement), c.p}, nil
}

type preparerStmt struct {
	statement
	p *preparer
}

func (s *preparerStmt) Close() error {
	s.p.closed.Add(1)
	return s.statement.Close()
}

// openCached opens a pool of one connection that keeps n statements.
func openCached(t *testing.T, n int) (*sql.DB, *preparer) {
	t.Helper()
	p := &preparer{Connector: plain(t, newFile(t))}
	db := sql.OpenDB(&connector{p, n})
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { db.Close() })
	return db, p
}

func TestARepeatedTextIsPreparedOnce(t *testing.T) {
	t.Parallel()
	db, p := openCached(t, 8)
	for i := range 5 {
		mustExec(t, db, insertLog, fmt.Sprint(i))
		if _, err := db.Exec(insertLog, "0"); i > 0 && !isConstraint(err) {
			t.Errorf("got %v, want SQLITE_CONSTRAINT", err)
		}
		if got := count(t, db, "%"); got != i+1 {
			t.Errorf("%d rows, want %d", got, i+1)
		}
	}
	if got := p.prepared.Load(); got != 2 {
		t.Errorf("%d statements were prepared, want 2", got)
	}
	db.Close()
	if got := p.closed.Load(); got != 2 {
		t.Errorf("%d statements were closed, want 2", got)
	}
}

func TestTheCacheIsBounded(t *testing.T) {
	t.Parallel()
	for _, n := range []int{-1, 1, 3} {
		db, p := openCached(t, n)
		for i := range 10 {
			mustExec(t, db, fmt.Sprintf("SELECT %d", i))
			mustExec(t, db, "SELECT 'often'")
		}
		if open := p.prepared.Load() - p.closed.Load(); open != int64(max(n, 0)) {
			t.Errorf("%d statements are open, want %d", open, max(n, 0))
		}
		if often := p.prepared.Load() - 10; n == 3 && often != 1 {
			t.Errorf("a text in steady use was prepared %d times, want once", often)
		}
		db.Close()
		if open := p.prepared.Load() - p.closed.Load(); open != 0 {
			t.Errorf("%d statements are open after Close", open)
		}
	}
}

func TestTextsThatMustNotBeKeptAreNot(t *testing.T) {
	t.Parallel()
	db, p := openCached(t, 8)
	for _, query := range []string{"PRAGMA user_version", "SELECT 1; SELECT 2", "EXPLAIN SELECT 1",
		"CREATE TABLE IF NOT EXISTS x (a)"} {
		mustExec(t, db, query)
		rows, err := db.Query(query)
		if err != nil {
			t.Fatal(err)
		}
		rows.Close()
	}
	if got := p.prepared.Load(); got != 0 {
		t.Errorf("%d statements were prepared for the cache, want 0", got)
	}
}

func TestOpenRowsKeepTheirStatement(t *testing.T) {
	t.Parallel()
	db, p := openCached(t, 1)
	mustExec(t, db, "INSERT INTO log (who) VALUES ('a'), ('b'), ('c')")
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	mustExec(t, tx, "SELECT who FROM log ORDER BY id") // so that it is kept
	rows, err := tx.Query("SELECT who FROM log ORDER BY id")
	if err != nil {
		t.Fatal(err)
	}
	got := ""
	for rows.Next() {
		var who string
		if err := rows.Scan(&who); err != nil {
			t.Fatal(err)
		}
		mustExec(t, tx, "SELECT 'another'") // would push the open statement out
		mustExec(t, tx, "SELECT who FROM log ORDER BY id")
		got += who
	}
	if got != "abc" || rows.Err() != nil {
		t.Errorf("read %q, %v, want abc", got, rows.Err())
	}
	tx.Rollback()
	db.Close()
	if open := p.prepared.Load() - p.closed.Load(); open != 0 {
		t.Errorf("%d statements are open after Close", open)
	}
}

func TestKeptStatementsSeeAChangedSchema(t *testing.T) {
	t.Parallel()
	name := newFile(t)
	other := open(t, plain(t, name))
	db := sql.OpenDB(Connector(plain(t, name)))
	defer db.Close()
	mustExec(t, other, "CREATE TABLE x (a)")
	mustExec(t, other, "INSERT INTO x VALUES (1)")
	for want := 1; want <= 3; want++ {
		rows, err := db.Query("SELECT * FROM x")
		if err != nil {
			t.Fatal(err)
		}
		columns, err := rows.Columns()
		if err != nil || len(columns) != want {
			t.Errorf("columns %v, %v, want %d", columns, err, want)
		}
		rows.Close()
		mustExec(t, other, fmt.Sprintf("ALTER TABLE x ADD COLUMN b%d", want))
	}
}

func TestACachedPoolIsTransparent(t *testing.T) {
	t.Parallel()
	db := sql.OpenDB(Connector(plain(t, newFile(t))))
	defer db.Close()
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			if _, err := db.Exec(insertLog, fmt.Sprint(i)); err != nil {
				t.Error(err)
			}
			if got := count(t, db, fmt.Sprint(i)); got != 1 {
				t.Errorf("%d rows, want 1", got)
			}
		})
	}
	wg.Wait()
	ctx, cancel := context.WithCancel(t.Context())
	rows, err := db.QueryContext(ctx, "SELECT who FROM log")
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	for rows.Next() {
	}
	if err := db.Ping(); err != nil {
		t.Error(err)
	}
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.Raw(func(c any) error {
		if _, ok := c.(interface{ Inner() driver.Conn }).Inner().(driver.Pinger); !ok {
			t.Error("the wrapped connection is out of reach")
		}
		return nil
	})
}

func isConstraint(err error) bool {
	e, ok := errors.AsType[*sqlite.Error](err)
	return ok && e.Code()&0xff == 19
}

func TestOnlySafeTextsAreCached(t *testing.T) {
	t.Parallel()
	tests := map[string]bool{
		"SELECT 1":                            true,
		"select 1 ;; \n":                      true,
		"-- name: Get :one\nSELECT 1":         true,
		"/* a */ -- b\n WITH x AS (SELECT 1)": true,
		"VALUES(1)":                           true,
		"BEGIN IMMEDIATE":                     true,
		"SELECTED":                            false,
		"SELECT 1; SELECT 2":                  false,
		"PRAGMA user_version":                 false,
		"-- SELECT 1":                         false,
		"EXPLAIN SELECT 1":                    false,
		"":                                    false,
	}
	for query, want := range tests {
		if got := cacheable.MatchString(query); got != want {
			t.Errorf("%q: %v, want %v", query, got, want)
		}
	}
}
