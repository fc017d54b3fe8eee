package faults

import (
	"database/sql"
	"net/url"
	"slices"
	"testing"

	"trolley/test/proctest"

	_ "modernc.org/sqlite"
)

// shelves are 50 products of which a cart can hold one line each, in amounts
// that never run out.
const shelves = `
INSERT INTO categories (slug, name, position) VALUES ('many', 'Many', 99);
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50)
INSERT INTO products (sku, name, description, category, price, stock, position)
SELECT 'thing-' || i, 'Thing ' || i, 'One of many.', 'many', 100 + 7 * i, 1000000, 2000 + i FROM n`

// plenty starts a new shop with the shelves.
func plenty(t testing.TB, build proctest.Build, db string) *shop {
	t.Helper()
	s := startBuilt(t, build, nil, db)
	change(t, s.db, shelves)
	return s
}

// open opens the database as another process has it open, with one connection.
func open(t testing.TB, db string) *sql.DB {
	t.Helper()
	name := url.URL{Scheme: "file", Path: db, RawQuery: "_pragma=busy_timeout(10000)"}
	pool, err := sql.Open("sqlite", name.String())
	if err != nil {
		t.Fatal(err)
	}
	pool.SetMaxOpenConns(1)
	t.Cleanup(func() { pool.Close() })
	return pool
}

// change changes the database behind the shop's back, as its owner may.
func change(t testing.TB, db, statement string, args ...any) {
	t.Helper()
	pool := open(t, db)
	defer pool.Close()
	if _, err := pool.ExecContext(t.Context(), statement, args...); err != nil {
		t.Fatal(err)
	}
}

// fill adds sessions that nobody has. row is the i-th one's token, data and expiry.
func fill(t testing.TB, db string, sessions int, row string) {
	t.Helper()
	const batch = 20_000
	for from := 0; from < sessions; from += batch {
		change(t, db, `WITH RECURSIVE n (i) AS (SELECT ? UNION ALL SELECT i + 1 FROM n WHERE i < ?)
INSERT INTO sessions (token, data, expiry) SELECT `+row+` FROM n`, from+1, min(from+batch, sessions))
	}
}

// texts returns the first column of a query.
func texts(t testing.TB, db, query string, args ...any) (column []string) {
	t.Helper()
	pool := open(t, db)
	defer pool.Close()
	rows, err := pool.QueryContext(t.Context(), query, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			t.Fatal(err)
		}
		column = append(column, text)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return column
}

// count returns the number that a query selects.
func count(t testing.TB, db, query string, args ...any) (n int) {
	t.Helper()
	pool := open(t, db)
	defer pool.Close()
	if err := pool.QueryRowContext(t.Context(), query, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// wantWhole fails the test where the file is damaged.
func wantWhole(t testing.TB, db string) {
	t.Helper()
	if got := texts(t, db, "PRAGMA integrity_check"); !slices.Equal(got, []string{"ok"}) {
		t.Errorf("integrity_check: %v", got)
	}
	if got := texts(t, db, "PRAGMA foreign_key_check"); len(got) > 0 {
		t.Errorf("foreign keys: %v", got)
	}
}
