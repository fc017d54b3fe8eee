package e2e

import (
	"database/sql"
	"net/url"
	"slices"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite"

	"trolley/internal/store"
)

// shelves are 50 products of which a cart can hold one line each, in amounts
// that never run out.
const shelves = `
INSERT INTO categories (slug, name, position) VALUES ('many', 'Many', 99);
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50)
INSERT INTO products (sku, name, description, category, price, stock, position)
SELECT 'thing-' || i, 'Thing ' || i, 'One of many.', 'many', 100 + 7 * i, 1000000, 2000 + i FROM n`

// plenty is a new shop with the shelves.
func plenty(t testing.TB, args ...string) *shop {
	t.Helper()
	s := start(t, newDB(t), args...)
	change(t, s.db, shelves)
	return s
}

// with runs f on a connection of its own: none stays open, so that the shop's
// is the last one to close.
func with(t testing.TB, db string, f func(*sql.DB) error) {
	t.Helper()
	file := url.URL{Scheme: "file", Path: db, RawQuery: "_pragma=busy_timeout(10000)"}
	driver, name := "sqlite", file.String()
	if store.IsPostgres(db) {
		driver, name = "pgx", db
	}
	pool, err := sql.Open(driver, name)
	if err != nil {
		t.Fatal(err)
	}
	pool.SetMaxOpenConns(1)
	defer pool.Close()
	if err := f(pool); err != nil {
		t.Fatal(err)
	}
}

// change changes the database behind the shop's back, as its owner may.
func change(t testing.TB, db, statement string, args ...any) {
	t.Helper()
	with(t, db, func(pool *sql.DB) error {
		_, err := pool.ExecContext(t.Context(), statement, args...)
		return err
	})
}

// texts returns the first column of a query.
func texts(t testing.TB, db, query string, args ...any) (column []string) {
	t.Helper()
	with(t, db, func(pool *sql.DB) error {
		rows, err := pool.QueryContext(t.Context(), query, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var text string
			if err := rows.Scan(&text); err != nil {
				return err
			}
			column = append(column, text)
		}
		return rows.Err()
	})
	return column
}

// count returns the number that a query selects.
func count(t testing.TB, db, query string, args ...any) (n int) {
	t.Helper()
	with(t, db, func(pool *sql.DB) error { return pool.QueryRowContext(t.Context(), query, args...).Scan(&n) })
	return n
}

// wantNone fails the test where a query selects anything.
func wantNone(t testing.TB, db, what, query string) {
	t.Helper()
	if got := texts(t, db, query); len(got) > 0 {
		t.Errorf("%s: %v", what, got)
	}
}

// wantWhole fails the test where the file is damaged.
func wantWhole(t testing.TB, db string) {
	t.Helper()
	if got := texts(t, db, "PRAGMA integrity_check"); !slices.Equal(got, []string{"ok"}) {
		t.Errorf("integrity_check: %v", got)
	}
	wantNone(t, db, "foreign keys", "PRAGMA foreign_key_check")
}

// inventory returns for each product what is in stock and what was sold,
// together: no order changes that.
func inventory(t testing.TB, db string) []string {
	t.Helper()
	return texts(t, db, `SELECT p.sku || ' ' || (p.stock + COALESCE((SELECT SUM(quantity) FROM order_lines AS l WHERE l.sku = p.sku), 0))
		FROM products AS p ORDER BY p.sku`)
}

// wantBalanced fails the test where the books do not add up: before is the
// inventory from before the orders.
func wantBalanced(t testing.TB, db string, before []string) {
	t.Helper()
	if after := inventory(t, db); !slices.Equal(after, before) {
		t.Errorf("stock and sales together are %v, were %v", after, before)
	}
	wantNone(t, db, "products of negative stock", "SELECT sku FROM products WHERE stock < 0")
	wantNone(t, db, "carts with several orders", "SELECT cart_id FROM orders GROUP BY cart_id HAVING COUNT(*) > 1")
	wantNone(t, db, "orders that are not the sum of their lines", `SELECT o.number FROM orders AS o
		LEFT JOIN order_lines AS l ON l.order_number = o.number GROUP BY o.number, o.quantity, o.total
		HAVING o.quantity <> COALESCE(SUM(l.quantity), 0) OR o.total <> COALESCE(SUM(l.quantity * l.unit_price), 0)`)
}
