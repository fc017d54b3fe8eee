package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"trolley/internal/query"
)

// tableRules are the CHECK constraints of a table.
type tableRules struct {
	table   string
	noRowid bool
	rules   []string // SQL expressions
}

// lookAtRules looks for rows that break a CHECK, which can only have come there
// with the checks turned off. integrity_check would look for them as well, but
// for a connection that cannot write SQLite does not even read the CHECKs; and it
// names no row.
func lookAtRules(ctx context.Context, db *sql.DB) ([]Check, error) {
	const tables = `SELECT s.name, l.wr, s.sql FROM sqlite_schema AS s JOIN pragma_table_list AS l ON l.name = s.name
WHERE l.schema = 'main' AND l.type = 'table' ORDER BY s.name`
	c := Check{Name: "rules", Of: "CHECK constraints"}
	found, err := query.All(ctx, db, func(rows *sql.Rows) (t tableRules, err error) {
		var ddl sql.NullString
		err = rows.Scan(&t.table, &t.noRowid, &ddl)
		t.rules = checkExpressions(ddl.String)
		return t, err
	}, tables)
	if err != nil {
		return nil, err
	}
	for _, t := range found {
		if c.Seen += len(t.rules); len(t.rules) == 0 {
			continue
		}
		if err := t.look(ctx, db, &c); err != nil {
			return nil, fmt.Errorf("table %s: %w", t.table, err)
		}
	}
	return []Check{c}, nil
}

// look reads the table once, whatever the number of rules. A CHECK whose value is
// NULL holds.
func (t tableRules) look(ctx context.Context, db *sql.DB, c *Check) error {
	return query.Each(ctx, db, func(rows *sql.Rows) error {
		var row int64
		var rule int
		if err := rows.Scan(&row, &rule); err != nil {
			return err
		}
		c.wrong(t.finding(row, t.rules[rule]))
		return nil
	}, t.query())
}

// query returns the SQL that gives each row that breaks a rule, and which rule.
func (t tableRules) query() string {
	row := "rowid"
	if t.noRowid {
		row = "0"
	}
	text, broken := "SELECT "+row+", CASE", make([]string, len(t.rules))
	for i, rule := range t.rules {
		broken[i] = "NOT (" + rule + "\n)" // it may end in a comment
		text += fmt.Sprintf(" WHEN %s THEN %d", broken[i], i)
	}
	return text + " END FROM " + query.Name(t.table) + " WHERE " + strings.Join(broken, " OR ")
}

func (t tableRules) finding(row int64, rule string) Finding {
	rule = strings.Join(strings.Fields(rule), " ")
	if t.noRowid {
		return Finding{
			Text:  fmt.Sprintf("a row of %s breaks CHECK (%s)", t.table, rule),
			Query: fmt.Sprintf("SELECT * FROM %s WHERE NOT (%s)", query.Name(t.table), rule),
		}
	}
	return Finding{
		Text:  fmt.Sprintf("row %d of %s breaks CHECK (%s)", row, t.table, rule),
		Query: fmt.Sprintf("SELECT * FROM %s WHERE rowid = %d", query.Name(t.table), row),
	}
}

// checkExpressions returns what stands in the parentheses of each CHECK of a
// CREATE TABLE.
func checkExpressions(ddl string) (found []string) {
	for i := 0; i < len(ddl); {
		n := tokenLength(ddl[i:])
		if strings.EqualFold(ddl[i:i+n], "CHECK") {
			if start := strings.IndexByte(ddl[i:], '('); start >= 0 {
				i += start
				n = groupLength(ddl[i:])
				found = append(found, strings.TrimSpace(strings.TrimSuffix(ddl[i+1:i+n], ")")))
			}
		}
		i += n
	}
	return found
}

// groupLength returns the length of the parentheses that s begins with.
func groupLength(s string) int {
	depth := 0
	for i := 0; i < len(s); {
		switch s[i] {
		case '(':
			depth++
		case ')':
			depth--
		}
		i += tokenLength(s[i:])
		if depth == 0 {
			return i
		}
	}
	return len(s)
}

// tokenLength returns the length of the string, name, comment or word that s
// begins with; 1 for anything else.
func tokenLength(s string) int {
	until := func(from int, end string) int {
		if i := strings.Index(s[from:], end); i >= 0 {
			return from + i + len(end)
		}
		return len(s)
	}
	switch {
	case strings.HasPrefix(s, "--"):
		return until(2, "\n")
	case strings.HasPrefix(s, "/*"):
		return until(2, "*/")
	case strings.ContainsRune("'\"`", rune(s[0])): // one that is doubled begins the next token
		return until(1, s[:1])
	case s[0] == '[':
		return until(1, "]")
	}
	n := strings.IndexFunc(s, func(r rune) bool {
		return r != '_' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	})
	switch {
	case n > 0:
		return n
	case n < 0:
		return len(s)
	}
	return 1
}
