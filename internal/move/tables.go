package move

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"slices"
	"strings"

	"trolley/internal/query"
	"trolley/session"
)

// table is a table that a move copies. Names of columns are separated by ", ".
type table struct{ name, key, rest string }

// tables returns all tables of a shop but shop itself, those that others refer to
// before those others.
func tables() []table {
	return []table{
		{"categories", "slug", "name, position"},
		{"products", "sku", "name, description, words, category, price, stock, position, withdrawn"},
		{"orders", "number", "cart_id, name, email, address, postcode, town, country, currency, quantity, total, placed_at, cancelled_at"},
		{"order_lines", "order_number, position", "sku, name, unit_price, quantity, line_total"},
		{"accounts", "id", "email, password, cart, created_at"},
		{"account_sessions", "token", "account, browser, signed_in_at"},
		{"account_orders", "order_number", "account"},
		{"sessions", "token", "data, expiry"},
		{"ended_sessions", "token", "ended_at, renewed"},
		{"inspector_secrets", "hash", "expires_at"},
	}
}

// columns returns the names of all columns, those of the key first.
func (t table) columns() []string { return strings.Split(t.key+", "+t.rest, ", ") }

// keyOf returns a row's primary key.
func (t table) keyOf(r row) []any { return r[:strings.Count(t.key, ",")+1] }

// row is a row of a table: a string, int64, bool or time.Time for each column, the
// same on every engine.
type row []any

// batch is how many rows a move reads, and writes in one transaction.
const batch = 500

func (t table) selectAll() string { return "SELECT " + t.key + ", " + t.rest + " FROM " + t.name }

// batches calls visit with every row, in the order of the primary key.
func (t table) batches(ctx context.Context, q query.Querier, visit func([]row) error) error {
	where, after := "", []any(nil)
	for {
		rows, err := t.read(ctx, q, fmt.Sprintf("%s%s ORDER BY %s LIMIT %d", t.selectAll(), where, t.key, batch), after...)
		if err != nil {
			return fmt.Errorf("read %s: %w", t.name, err)
		}
		if len(rows) == 0 {
			return nil
		}
		if err := visit(rows); err != nil {
			return err
		}
		after = t.keyOf(rows[len(rows)-1])
		where = " WHERE (" + t.key + ") > (" + query.Params(len(after)) + ")"
	}
}

func (t table) read(ctx context.Context, q query.Querier, text string, args ...any) (read []row, err error) {
	columns := t.columns()
	err = query.Each(ctx, q, func(rows *sql.Rows) error {
		r, into := make(row, len(columns)), make([]any, len(columns))
		for i, name := range columns {
			into[i] = &cell{name, &r[i]}
		}
		read = append(read, r)
		return rows.Scan(into...)
	}, text, args...)
	return read, err
}

// cell reads the value of a column as the same Go value on both engines.
type cell struct {
	column string
	value  *any
}

// Scan implements sql.Scanner.
func (c *cell) Scan(stored any) (err error) {
	*c.value = stored
	switch data, isBytes := stored.([]byte); {
	case c.column == "expiry":
		var expiry session.Expiry
		err = expiry.Scan(stored)
		*c.value = expiry.Time
	case c.column == "withdrawn":
		*c.value, err = driver.Bool.ConvertValue(stored)
	case isBytes:
		*c.value = string(data)
	}
	return err
}

// id is a row's primary key, as the key of a map.
func (t table) id(r row) string { return fmt.Sprintf("%#v", t.keyOf(r)) }

// label is a row's primary key, for people: of a session, its short name.
func (t table) label(r row) string {
	parts := slices.Clone(t.keyOf(r))
	if s, ok := parts[0].(string); ok {
		shown := 40
		if t.key == "token" {
			shown = 12
		}
		parts[0] = fmt.Sprintf("%.*q", shown, s)
	}
	return strings.TrimSpace(fmt.Sprintln(parts...))
}

func count(ctx context.Context, q query.Querier, table string) (n int, err error) {
	err = query.Each(ctx, q, func(rows *sql.Rows) error { return rows.Scan(&n) }, "SELECT COUNT(*) FROM "+table)
	return n, query.Wrap(err, "count %s", table)
}
