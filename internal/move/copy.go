package move

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"trolley/internal/postgres"
	"trolley/internal/query"
)

// copyTables copies all rows into the empty tables of the target.
func (m *mover) copyTables(ctx context.Context) error {
	for _, t := range tables() {
		err := t.batches(ctx, m.from.DB, func(rows []row) error {
			if err := t.insert(ctx, m.to.Write, rows); err != nil {
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
func (t table) insert(ctx context.Context, to *sql.DB, rows []row) error {
	args := slices.Concat(rows...)
	text := t.insertSQL(len(rows))
	for n := 1; ; n++ {
		_, err := to.ExecContext(ctx, text, args...)
		if err == nil || !postgres.IsConflict(err) || n == insertTries {
			return err
		}
	}
}

func (t table) insertSQL(rows int) string {
	columns := t.columns()
	var values []string
	for params := range slices.Chunk(strings.Split(query.Params(rows*len(columns)), ", "), len(columns)) {
		values = append(values, "("+strings.Join(params, ", ")+")")
	}
	return "INSERT INTO " + t.name + " (" + strings.Join(columns, ", ") + ") VALUES " + strings.Join(values, ", ")
}
