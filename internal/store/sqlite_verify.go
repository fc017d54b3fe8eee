package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"trolley/internal/query"
	"trolley/migrations"
)

// sqliteLooks looks at what is under the tables.
func sqliteLooks(db *sql.DB) []look {
	return []look{
		{"schema", func(ctx context.Context) ([]Check, error) { return lookAtSchema(ctx, db, migrations.SQLite()) }},
		{"file", func(ctx context.Context) ([]Check, error) { return lookAtFile(ctx, db) }},
		{"rules", func(ctx context.Context) ([]Check, error) { return lookAtRules(ctx, db) }},
		{"references", func(ctx context.Context) ([]Check, error) { return lookAtReferences(ctx, db) }},
	}
}

// Rules of single rows that SQLite reports among the damages of the file.
var rowRules = []string{"CHECK constraint failed in ", "NULL value in "}

// lookAtFile has SQLite read every page, and compare every index with its table.
func lookAtFile(ctx context.Context, db *sql.DB) ([]Check, error) {
	c := Check{Name: "file", Of: "pages"}
	var err error
	if c.Seen, err = query.One(ctx, db, query.Int, "PRAGMA page_count"); err != nil {
		return nil, err
	}
	err = query.Each(ctx, db, func(rows *sql.Rows) error {
		var text string
		if err := rows.Scan(&text); err != nil || text == "ok" {
			return err
		}
		text = strings.Join(strings.Fields(text), " ")
		c.wrong(Finding{Text: text, Damage: !isRowRule(text)})
		return nil
	}, "PRAGMA integrity_check")
	return []Check{c}, err
}

func isRowRule(text string) bool {
	for _, rule := range rowRules {
		if strings.HasPrefix(text, rule) {
			return true
		}
	}
	return false
}

// lookAtReferences looks for rows that refer to rows which are not there.
func lookAtReferences(ctx context.Context, db *sql.DB) ([]Check, error) {
	const declared = `SELECT COUNT(*) FROM sqlite_schema AS s, pragma_foreign_key_list(s.name) WHERE s.type = 'table'`
	c := Check{Name: "references", Of: "foreign keys"}
	var err error
	if c.Seen, err = query.One(ctx, db, query.Int, declared); err != nil {
		return nil, err
	}
	err = query.Each(ctx, db, func(rows *sql.Rows) error {
		var table, parent string
		var row sql.NullInt64
		var key int
		if err := rows.Scan(&table, &row, &parent, &key); err != nil {
			return err
		}
		c.wrong(Finding{
			Text:  fmt.Sprintf("row %d of %s refers to a row that is not in %s", row.Int64, plain(table), plain(parent)),
			Query: fmt.Sprintf("SELECT * FROM %s WHERE rowid = %d", query.Name(table), row.Int64),
		})
		return nil
	}, "PRAGMA foreign_key_check")
	return []Check{c}, err
}
