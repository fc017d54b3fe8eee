package blackbox

import (
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"net/url"
	"slices"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	_ "modernc.org/sqlite"             // the driver "sqlite"
)

// Shelves are 50 products of which a cart can hold one line each, in amounts that
// never run out.
const Shelves = `
INSERT INTO categories (slug, name, position) VALUES ('many', 'Many', 99);
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50)
INSERT INTO products (sku, name, description, category, price, stock, position)
SELECT 'thing-' || i, 'Thing ' || i, 'One of many.', 'many', 100 + 7 * i, 1000000, 2000 + i FROM n`

// Open opens a database as another process has it open, with one connection. It is
// closed when the test ends, or before: the shop's connection should be the last.
func Open(t testing.TB, db string) *sql.DB {
	t.Helper()
	file := url.URL{Scheme: "file", Path: db, RawQuery: "_pragma=busy_timeout(10000)"}
	driver, name := "sqlite", file.String()
	if strings.HasPrefix(db, "postgres") {
		driver, name = "pgx", db
	}
	pool, err := sql.Open(driver, name)
	if err != nil {
		t.Fatal(err)
	}
	pool.SetMaxOpenConns(1)
	t.Cleanup(func() { pool.Close() })
	return pool
}

// Change changes the database behind the shop's back, as its owner may.
func Change(t testing.TB, db, statement string, args ...any) {
	t.Helper()
	pool := Open(t, db)
	defer pool.Close()
	if _, err := pool.ExecContext(t.Context(), statement, args...); err != nil {
		t.Fatal(err)
	}
}

// Texts returns the first column of a query.
func Texts(t testing.TB, db, query string, args ...any) (column []string) {
	t.Helper()
	pool := Open(t, db)
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

// Count returns the number that a query selects.
func Count(t testing.TB, db, query string, args ...any) (n int) {
	t.Helper()
	pool := Open(t, db)
	defer pool.Close()
	if err := pool.QueryRowContext(t.Context(), query, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// WantWhole fails the test where the file is damaged.
func WantWhole(t testing.TB, db string) {
	t.Helper()
	if got := Texts(t, db, "PRAGMA integrity_check"); !slices.Equal(got, []string{"ok"}) {
		t.Errorf("integrity_check: %v", got)
	}
	if got := Texts(t, db, "PRAGMA foreign_key_check"); len(got) > 0 {
		t.Errorf("foreign keys: %v", got)
	}
}

// RowToken is what the sessions table has in its column token for a cookie,
// "name=value".
func RowToken(cookie string) string {
	_, token, _ := strings.Cut(cookie, "=")
	hash := sha256.Sum256([]byte(token))
	return base64.RawURLEncoding.EncodeToString(hash[:])
}
