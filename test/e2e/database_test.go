package e2e

import (
	"slices"
	"testing"
	"trolley/test/blackbox"

	_ "github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite"
)

// plenty is a new shop with the shelves.
func plenty(t testing.TB, args ...string) *shop {
	t.Helper()
	s := start(t, blackbox.NewDB(t), args...)
	blackbox.Change(t, s.DB, blackbox.Shelves)
	return s
}

// wantNone fails the test where a query selects anything.
func wantNone(t testing.TB, db, what, query string) {
	t.Helper()
	if got := blackbox.Texts(t, db, query); len(got) > 0 {
		t.Errorf("%s: %v", what, got)
	}
}

// inventory returns for each product what is in stock and what was sold,
// together: no order changes that.
func inventory(t testing.TB, db string) []string {
	t.Helper()
	return blackbox.Texts(t, db, `SELECT p.sku || ' ' || (p.stock + COALESCE((SELECT SUM(quantity) FROM order_lines AS l WHERE l.sku = p.sku), 0))
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
