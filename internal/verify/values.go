package verify

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"strings"
	"unicode/utf8"

	"trolley/internal/query"
)

// column is a column of one of the shop's tables in SQLite.
type column struct {
	table, name string
	key         int  // its place in the primary key, from 1 on; 0: not in it
	indexed     bool // by any index
}

// shopColumns are those of the STRICT tables: others are another program's.
const shopColumns = `
SELECT t.name, c.name, c.pk, c.pk > 0 OR EXISTS (
  SELECT * FROM pragma_index_list(t.name) AS l, pragma_index_info(l.name) AS i WHERE i.name = c.name)
FROM pragma_table_list AS t, pragma_table_info(t.name) AS c
WHERE t.schema = 'main' AND t.type = 'table' AND t.strict
ORDER BY t.name, c.pk = 0, c.pk, c.cid`

// tables returns the columns of each table of the shop, those of the key first.
func (d Database) tables(ctx context.Context) (map[string][]column, error) {
	tables := map[string][]column{}
	err := query.Each(ctx, d.DB, func(rows *sql.Rows) error {
		var c column
		err := rows.Scan(&c.table, &c.name, &c.key, &c.indexed)
		tables[c.table] = append(tables[c.table], c)
		return err
	}, shopColumns)
	return tables, err
}

// eachRow calls visit with the rows of a table for which the condition holds, and with
// SQL that shows the row.
func (d Database) eachRow(ctx context.Context, columns []column, condition string, visit func(values []any, row string)) error {
	var names []string
	var keys []column
	for _, c := range columns {
		names = append(names, query.Name(c.name))
		if c.key > 0 {
			keys = append(keys, c)
		}
	}
	from := " FROM " + query.Name(columns[0].table) + " WHERE "
	return query.Each(ctx, d.DB, func(rows *sql.Rows) error {
		values, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			return err
		}
		is := make([]string, len(keys))
		for i, key := range keys {
			is[i] = key.is(values[i])
		}
		visit(values, "SELECT *"+from+strings.Join(is, " AND "))
		return nil
	}, "SELECT "+strings.Join(names, ", ")+from+condition)
}

// is returns SQL that is true where the column has the value. The whole token of a
// session is not shown.
func (c column) is(value any) string {
	text, ok := value.(string)
	switch {
	case ok && c.name == "token":
		return "substr(token, 1, 12) = " + literal(text[:min(12, len(text))])
	case ok:
		return query.Name(c.name) + " = " + literal(text)
	}
	return fmt.Sprintf("%s = %v", query.Name(c.name), value)
}

// checkValues looks for values that SQLite holds and that PostgreSQL, or a page,
// cannot. Sessions are checked with what is in them.
func (d Database) checkValues(ctx context.Context) ([]Check, error) {
	check := Check{Name: "values", Of: "rows"}
	tables, err := d.tables(ctx)
	if err != nil {
		return nil, err
	}
	for table, columns := range tables {
		if table == "sessions" {
			continue
		}
		err := d.eachRow(ctx, columns, "TRUE", func(values []any, row string) {
			check.Seen++
			for i, c := range columns {
				if problem := c.problem(values[i]); problem != "" {
					check.wrong(row, "%s of a row of %s %s", c.name, table, problem)
				}
			}
		})
		if err != nil {
			return nil, err
		}
	}
	return []Check{check}, nil
}

// indexBytes is less than a third of a page of 8 KiB, which PostgreSQL indexes at most.
const indexBytes = 2000

// problem returns what is wrong with a value, "" if nothing is.
func (c column) problem(value any) string {
	switch v := value.(type) {
	case string:
		switch {
		case !utf8.ValidString(v):
			return "is not UTF-8"
		case strings.ContainsRune(v, 0):
			return "has a NUL character"
		case c.indexed && len(v) > indexBytes:
			return fmt.Sprintf("has %d bytes, more than an index of PostgreSQL holds", len(v))
		}
	case int64:
		if c.name == "position" && (v < math.MinInt32 || v > math.MaxInt32) { // the others are BIGINT there
			return fmt.Sprintf("is %d, and PostgreSQL holds four bytes", v)
		}
	}
	return ""
}
