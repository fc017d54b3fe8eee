package move

import (
	"context"
	"database/sql"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"trolley/internal/query"
	"trolley/session"
)

// table is a table that a move copies.
type table struct {
	name    string
	key     int // how many of the columns are the primary key; they come first
	columns []column
}

// column is a column, and a value of the type that it is read as on either engine.
type column struct {
	name string
	zero any
}

func columns(zero any, names ...string) (all []column) {
	for _, name := range names {
		all = append(all, column{name, zero})
	}
	return all
}

// tables returns all tables of a shop but shop itself, those that others refer to
// before those others.
func tables() []table {
	const text, number = "", int64(0)
	return []table{
		{"categories", 1, slices.Concat(columns(text, "slug", "name"), columns(number, "position"))},
		{"products", 1, slices.Concat(columns(text, "sku", "name", "description", "words", "category"),
			columns(number, "price", "stock", "position"), columns(false, "withdrawn"))},
		{"orders", 1, slices.Concat(columns(text, "number", "cart_id", "name", "email", "address", "postcode", "town", "country", "currency"),
			columns(number, "quantity", "total", "placed_at", "cancelled_at"))},
		{"order_lines", 2, slices.Concat(columns(text, "order_number"), columns(number, "position"), columns(text, "sku", "name"),
			columns(number, "unit_price", "quantity", "line_total"))},
		{"accounts", 1, slices.Concat(columns(text, "id", "email", "password", "cart"), columns(number, "created_at"))},
		{"account_sessions", 1, slices.Concat(columns(text, "token", "account", "browser"), columns(number, "signed_in_at"))},
		{"account_orders", 1, columns(text, "order_number", "account")},
		{"sessions", 1, slices.Concat(columns(text, "token", "data"), columns(session.Expiry{}, "expiry"))},
		{"ended_sessions", 1, slices.Concat(columns(text, "token"), columns(number, "ended_at", "renewed"))},
		{"inspector_secrets", 1, slices.Concat(columns(text, "hash"), columns(number, "expires_at"))},
	}
}

// row is a row of a table: a string, int64, bool or time.Time for each column, the
// same on every engine.
type row []any

// batch is how many rows a move reads, and writes in one transaction.
const batch = 500

// names returns the first n columns, separated by commas.
func (t table) names(n int) string {
	names := make([]string, n)
	for i := range names {
		names[i] = t.columns[i].name
	}
	return strings.Join(names, ", ")
}

func (t table) selectAll() string {
	return "SELECT " + t.names(len(t.columns)) + " FROM " + t.name
}

// batches calls visit with every row, in the order of the primary key.
func (t table) batches(ctx context.Context, q query.Querier, visit func([]row) error) error {
	text, key, after := t.selectAll(), t.names(t.key), []any(nil)
	for first := true; ; first = false {
		where := ""
		if !first {
			where = " WHERE (" + key + ") > (" + query.Params(t.key) + ")"
		}
		rows, err := t.read(ctx, q, fmt.Sprintf("%s%s ORDER BY %s LIMIT %d", text, where, key, batch), after...)
		if err != nil {
			return fmt.Errorf("read %s: %w", t.name, err)
		}
		if len(rows) == 0 {
			return nil
		}
		if err := visit(rows); err != nil {
			return err
		}
		after = rows[len(rows)-1][:t.key]
	}
}

func (t table) read(ctx context.Context, q query.Querier, text string, args ...any) (read []row, err error) {
	err = query.Each(ctx, q, func(rows *sql.Rows) error {
		r := make(row, len(t.columns))
		for i, c := range t.columns {
			r[i] = reflect.New(reflect.TypeOf(c.zero)).Interface()
		}
		if err := rows.Scan(r...); err != nil {
			return err
		}
		for i, cell := range r {
			r[i] = reflect.ValueOf(cell).Elem().Interface()
			if expiry, ok := r[i].(session.Expiry); ok {
				r[i] = expiry.Time
			}
		}
		read = append(read, r)
		return nil
	}, text, args...)
	return read, err
}

// id is a row's primary key, as the key of a map.
func (t table) id(r row) string { return fmt.Sprintf("%#v", r[:t.key]) }

// label is a row's primary key, for people: of a session, its short name.
func (t table) label(r row) string {
	parts := slices.Clone(r[:t.key])
	if s, ok := parts[0].(string); ok {
		shown := 40
		if t.columns[0].name == "token" {
			shown = 12
		}
		parts[0] = fmt.Sprintf("%.*q", shown, s)
	}
	return strings.TrimSpace(fmt.Sprintln(parts...))
}

func count(ctx context.Context, q query.Querier, table string) (n int, err error) {
	err = query.Each(ctx, q, func(rows *sql.Rows) error { return rows.Scan(&n) }, "SELECT COUNT(*) FROM "+table)
	if err != nil {
		err = fmt.Errorf("count %s: %w", table, err)
	}
	return n, err
}
