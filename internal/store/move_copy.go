package store

import (
	"context"
	"fmt"
	"strconv"
	"strings"
)

// copyTables copies all rows into the empty tables of the target.
func (m *mover) copyTables(ctx context.Context) error {
	for _, t := range movedTables() {
		err := t.batches(ctx, m.from.read, func(rows []movedRow) error {
			if err := t.insert(ctx, m.to, rows); err != nil {
				return fmt.Errorf("copy %s from %s on: %w", t.name, t.label(rows[0]), err)
			}
			m.advance(len(rows))
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// insertTries is how often a batch is written that the target refuses because of
// a conflict, which a database that serializes all transactions does at random.
const insertTries = 5

// insert writes rows in one statement, and so in one transaction.
func (t movedTable) insert(ctx context.Context, to *Store, rows []movedRow) error {
	args := make([]any, 0, len(rows)*len(t.columns))
	for _, row := range rows {
		args = append(args, row...)
	}
	text := t.insertSQL(len(rows))
	for n := 1; ; n++ {
		_, err := to.write.ExecContext(ctx, text, args...)
		if err == nil || !IsConflict(err) || n == insertTries {
			return err
		}
	}
}

func (t movedTable) insertSQL(rows int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "INSERT INTO %s (%s) VALUES ", t.name, t.names(len(t.columns)))
	for n := range rows * len(t.columns) {
		switch {
		case n%len(t.columns) > 0:
			b.WriteString(", ")
		case n > 0:
			b.WriteString("), (")
		default:
			b.WriteByte('(')
		}
		b.WriteString("$" + strconv.Itoa(n+1))
	}
	b.WriteByte(')')
	return b.String()
}
