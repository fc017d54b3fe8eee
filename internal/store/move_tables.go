package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"trolley/internal/query"
	"trolley/session"
)

// movedTable is a table that a move copies.
type movedTable struct {
	name    string
	key     int // how many of the columns are the primary key; they come first
	columns []movedColumn
}

// movedColumn is a column and what reads it on either engine.
type movedColumn struct {
	name string
	cell func() any // returns a new destination for Scan
}

func textCell() any   { return new(string) }
func numberCell() any { return new(int64) }
func flagCell() any   { return new(bool) }
func momentCell() any { return new(session.Expiry) }

func columns(cell func() any, names ...string) (all []movedColumn) {
	for _, name := range names {
		all = append(all, movedColumn{name, cell})
	}
	return all
}

// movedTables returns all tables of a shop but shop itself, those that others
// refer to before those others.
func movedTables() []movedTable {
	return []movedTable{
		{"categories", 1, slices.Concat(columns(textCell, "slug", "name"), columns(numberCell, "position"))},
		{"products", 1, slices.Concat(columns(textCell, "sku", "name", "description", "category"),
			columns(numberCell, "price", "stock", "position"), columns(flagCell, "withdrawn"))},
		{"orders", 1, slices.Concat(columns(textCell, "number", "cart_id", "name", "email", "address", "currency"),
			columns(numberCell, "quantity", "total", "placed_at"))},
		{"order_lines", 2, slices.Concat(columns(textCell, "order_number"), columns(numberCell, "position"), columns(textCell, "sku", "name"),
			columns(numberCell, "unit_price", "quantity", "line_total"))},
		{"sessions", 1, slices.Concat(columns(textCell, "token", "data"), columns(momentCell, "expiry"))},
		{"ended_sessions", 1, slices.Concat(columns(textCell, "token"), columns(numberCell, "ended_at", "renewed"))},
	}
}

// movedRow is a row of a movedTable: a string, int64, bool or time.Time for each
// column, the same on every engine.
type movedRow []any

// moveBatch is how many rows a move reads, and writes in one transaction.
const moveBatch = 500

// names returns the first n columns, separated by commas.
func (t movedTable) names(n int) string {
	names := make([]string, n)
	for i := range names {
		names[i] = t.columns[i].name
	}
	return strings.Join(names, ", ")
}

func (t movedTable) selectAll() string {
	return "SELECT " + t.names(len(t.columns)) + " FROM " + t.name
}

// batches calls visit with every row, in the order of the primary key.
func (t movedTable) batches(ctx context.Context, q query.Querier, visit func([]movedRow) error) error {
	for after := []any(nil); ; {
		rows, err := t.next(ctx, q, after)
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

// next returns the rows whose keys come after the given one, nil for the first.
func (t movedTable) next(ctx context.Context, q query.Querier, after []any) ([]movedRow, error) {
	text, key := t.selectAll(), t.names(t.key)
	if after != nil {
		text += " WHERE (" + key + ") > (" + query.Params(t.key) + ")"
	}
	text += fmt.Sprintf(" ORDER BY %s LIMIT %d", key, moveBatch)
	return t.read(ctx, q, text, after...)
}

func (t movedTable) read(ctx context.Context, q query.Querier, text string, args ...any) (read []movedRow, err error) {
	err = query.Each(ctx, q, func(rows *sql.Rows) error {
		row := make(movedRow, len(t.columns))
		for i, c := range t.columns {
			row[i] = c.cell()
		}
		if err := rows.Scan(row...); err != nil {
			return err
		}
		for i, cell := range row {
			row[i] = valueOf(cell)
		}
		read = append(read, row)
		return nil
	}, text, args...)
	return read, err
}

// valueOf returns what was read into a cell.
func valueOf(cell any) any {
	switch c := cell.(type) {
	case *string:
		return *c
	case *int64:
		return *c
	case *bool:
		return *c
	case *session.Expiry:
		return c.Time
	}
	panic(fmt.Sprintf("store: no cell: %T", cell))
}
