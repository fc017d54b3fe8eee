package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"trolley/internal/query"
)

// errDiffers reports a row that is not the same on both sides.
var errDiffers = errors.New("the databases differ")

// compareTables looks whether every row of the source is in the target as it is,
// and whether the target has no others. It sorts nothing, since databases have
// orders of their own: each batch is looked up by its keys, and rows are counted.
func (m *mover) compareTables(ctx context.Context) error {
	for _, t := range movedTables() {
		n := 0
		err := t.batches(ctx, m.from.read, func(rows []movedRow) error {
			n += len(rows)
			m.advance(len(rows))
			return t.compare(ctx, m.to, rows)
		})
		if err != nil {
			return err
		}
		there, err := m.to.countRows(ctx, t.name)
		if err != nil {
			return fmt.Errorf("count %s: %w", t.name, err)
		}
		if there != n {
			return fmt.Errorf("%w: %s has %d rows in the source and %d in the target", errDiffers, t.name, n, there)
		}
	}
	return nil
}

// compare looks whether each of the rows is in the target as it is.
func (t movedTable) compare(ctx context.Context, to *Store, rows []movedRow) error {
	found, err := t.lookUp(ctx, to.read, rows)
	if err != nil {
		return fmt.Errorf("read %s of the target: %w", t.name, err)
	}
	for _, row := range rows {
		other, ok := found[t.id(row)]
		if !ok {
			return fmt.Errorf("%w: the target lacks row %s of %s", errDiffers, t.label(row), t.name)
		}
		for i, c := range t.columns {
			if row[i] != other[i] {
				return fmt.Errorf("%w: in row %s of %s, %s is another one in the target", errDiffers, t.label(row), t.name, c.name)
			}
		}
	}
	return nil
}

// lookUp returns the target's rows that have the first column in common with
// rows, by id. Rows of one key stand together, so that these are hardly more.
func (t movedTable) lookUp(ctx context.Context, q query.Querier, rows []movedRow) (map[string]movedRow, error) {
	var firsts []any
	for _, row := range rows {
		if len(firsts) == 0 || firsts[len(firsts)-1] != row[0] {
			firsts = append(firsts, row[0])
		}
	}
	read, err := t.read(ctx, q, t.selectAll()+" WHERE "+t.columns[0].name+" IN ("+query.Params(len(firsts))+")", firsts...)
	found := make(map[string]movedRow, len(read))
	for _, row := range read {
		found[t.id(row)] = row
	}
	return found, err
}

// id is a row's primary key, as the key of a map.
func (t movedTable) id(row movedRow) string { return fmt.Sprintf("%#v", row[:t.key]) }

// label is a row's primary key, for people: of a session, its short name.
func (t movedTable) label(row movedRow) string {
	parts := slices.Clone(row[:t.key])
	if s, ok := parts[0].(string); ok {
		parts[0] = plain(s[:min(len(s), 40)])
		if t.columns[0].name == "token" {
			parts[0] = shortID(s)
		}
	}
	return strings.TrimSpace(fmt.Sprintln(parts...))
}

// countRows counts a whole table, however long that takes.
func (s *Store) countRows(ctx context.Context, table string) (int, error) {
	return countRows(ctx, s.read, table)
}

func countRows(ctx context.Context, q query.Querier, table string) (n int, err error) {
	err = query.Each(ctx, q, func(rows *sql.Rows) error { return rows.Scan(&n) }, "SELECT COUNT(*) FROM "+table)
	return n, err
}
