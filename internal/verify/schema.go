package verify

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"trolley/internal/query"
	"trolley/migrations"
)

// shopSchema is the version of the schema that brought the table shop.
const shopSchema = 3

// checkSchema finds out whether this program knows the schema, and so the rules, and
// whether all of the shop is there.
func (d Database) checkSchema(ctx context.Context) ([]Check, error) {
	set := migrations.Postgres()
	if d.File != nil {
		set = migrations.SQLite()
	}
	c := Check{Name: "schema", Of: "migrations"}
	var err error
	if c.Seen, err = migrations.Version(ctx, d.DB); err != nil {
		return nil, err
	}
	if known := set.Newest(); c.Seen < 1 || c.Seen > known {
		c.damaged("SELECT * FROM goose_db_version", "its version is %d, and this program knows 1 to %d: "+
			"use the trolley-admin that came with the shop's own program", c.Seen, known)
	} else if c.Seen >= shopSchema {
		var moving bool
		err = d.DB.QueryRowContext(ctx, "SELECT moving FROM shop").Scan(&moving)
		if moving {
			c.damaged("SELECT * FROM shop", "%v", migrations.ErrMoving)
		}
	}
	return []Check{c}, err
}

// writtenChecks counts the CHECK constraints by their text.
const writtenChecks = `
SELECT COALESCE(SUM(length(sql) - length(replace(sql, 'CHECK (', ''))), 0) / length('CHECK (')
FROM sqlite_schema WHERE type = 'table'`

// checkFile has SQLite read every page, compare every index with its table, and try
// every CHECK, which a row can only break if checks were turned off when it was written.
func (d Database) checkFile(ctx context.Context) ([]Check, error) {
	pages, rules := Check{Name: "file", Of: "pages"}, Check{Name: "rules", Of: "CHECK constraints"}
	var err error
	for text, seen := range map[string]*int{"PRAGMA page_count": &pages.Seen, writtenChecks: &rules.Seen} {
		if *seen, err = query.One(ctx, d.DB, query.Int, text); err != nil {
			return nil, err
		}
	}
	broken := false
	err = d.File.Integrity(ctx, func(problem string) {
		if isRule(problem) {
			broken = true
		} else {
			pages.damaged("", "%s", problem)
		}
	})
	if err == nil && broken {
		err = d.findBroken(ctx, &rules)
	}
	return []Check{pages, rules}, err
}

// findBroken adds the rows that break a rule of the schema: SQLite names their table
// alone.
func (d Database) findBroken(ctx context.Context, c *Check) error {
	tables, err := d.tables(ctx)
	if err != nil {
		return err
	}
	for table, columns := range tables {
		text, err := query.One(ctx, d.DB, query.Text, "SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = $1", table)
		if err != nil {
			return err
		}
		problems := map[string]string{} // by the condition that they make true
		for _, rule := range rulesOf(text) {
			problems["NOT ("+rule+")"] = "CHECK constraint failed in " + table + ": " + strings.Join(strings.Fields(rule), " ")
		}
		for _, column := range columns {
			problems[query.Name(column.name)+" IS NULL"] = "NULL value in " + table + "." + column.name
		}
		for condition, problem := range problems {
			err := d.eachRow(ctx, columns, condition, func(_ []any, row string) { c.wrong(row, "%s", problem) })
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// rulesOf returns the expressions of the CHECK constraints in the SQL of a table.
func rulesOf(text string) (rules []string) {
	for _, rest := range strings.Split(text, "CHECK (")[1:] {
		depth, quoted := 1, false
		end := strings.IndexFunc(rest, func(r rune) bool {
			switch {
			case r == '\'':
				quoted = !quoted
			case quoted:
			case r == '(':
				depth++
			case r == ')':
				depth--
			}
			return depth == 0
		})
		if end >= 0 {
			rules = append(rules, rest[:end])
		}
	}
	return rules
}

// isRule reports whether SQLite says that single rows break a rule of the schema.
func isRule(problem string) bool {
	return strings.HasPrefix(problem, "CHECK constraint failed in ") || strings.HasPrefix(problem, "NULL value in ")
}

// checkReferences looks for rows that refer to rows which are not there.
func (d Database) checkReferences(ctx context.Context) ([]Check, error) {
	const declared = `SELECT COUNT(*) FROM sqlite_schema AS s, pragma_foreign_key_list(s.name) WHERE s.type = 'table'`
	c := Check{Name: "references", Of: "foreign keys"}
	var err error
	if c.Seen, err = query.One(ctx, d.DB, query.Int, declared); err != nil {
		return nil, err
	}
	err = query.Each(ctx, d.DB, func(rows *sql.Rows) error {
		var table, parent string
		var row sql.NullInt64
		var key int
		if err := rows.Scan(&table, &row, &parent, &key); err != nil {
			return err
		}
		c.wrong(fmt.Sprintf("SELECT * FROM %s WHERE rowid = %d", query.Name(table), row.Int64),
			"row %d of %s refers to a row that is not in %s", row.Int64, plain(table), plain(parent))
		return nil
	}, "PRAGMA foreign_key_check")
	return []Check{c}, err
}
