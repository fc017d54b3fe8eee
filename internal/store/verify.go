package store

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"
	"trolley/internal/query"
	"trolley/internal/sqlite"
	"trolley/migrations"
	"unicode"
)

// Check is one promise that the database keeps, and what came of looking.
type Check struct {
	Name     string    // "stock"
	Seen     int       // how much was looked at
	Of       string    // what that is, in the plural: "products"
	Wrong    int       // how much of it is wrong
	Findings []Finding // the first of them, at most MaxFindings
}

// MaxFindings is how many findings of one check are described.
const MaxFindings = 100

// Finding is one thing that is wrong.
type Finding struct {
	Text  string // what is wrong, in one line
	Query string // SQL that shows the row; "" where there is none to show
	// Damage means that the file itself is not whole, or is not a shop's: nothing
	// read from it can be relied on. Otherwise a rule is broken in one row.
	Damage bool
}

func (c *Check) wrong(f Finding) {
	c.Wrong++
	if len(c.Findings) < MaxFindings {
		c.Findings = append(c.Findings, f)
	}
}

// Damaged reports whether a finding says that the file is not whole.
func (c Check) Damaged() bool {
	for _, f := range c.Findings {
		if f.Damage {
			return true
		}
	}
	return false
}

// look is a part of Verify: it may find out about several promises in one pass.
type look struct {
	name string
	run  func(context.Context) ([]Check, error)
}

// Verify looks whether everything is as the shop promises, and calls report with
// each promise once it was looked at. It writes nothing, and reads in small
// transactions, but for the engine's own checks. What is wrong is in the
// findings; the error says that looking itself failed, such as [ErrChanged].
func (s *Store) Verify(ctx context.Context, report func(Check)) error {
	return s.look(ctx, s.looks(), report)
}

// looks returns all that Verify looks at.
func (s *Store) looks() (looks []look) {
	if s.sqlite != nil {
		looks = sqliteLooks(s.read)
	} else {
		looks = []look{{"schema", func(ctx context.Context) ([]Check, error) { return lookAtSchema(ctx, s.read, migrations.Postgres()) }}}
	}
	return append(looks, s.rowLooks()...)
}

// rowLooks returns those of looks that read the rows.
func (s *Store) rowLooks() []look {
	return []look{
		{"stock", s.lookAtStock}, {"orders", s.lookAtOrders},
		{"one order per cart", s.lookAtCartIDs}, {"sessions", s.lookAtSessions},
	}
}

// tellLooked tells that so many more orders, or sessions, were looked at: what
// Verify spends its time on.
func (s *Store) tellLooked(rows int) {
	if s.looked != nil {
		s.looked(rows)
	}
}

func (s *Store) look(ctx context.Context, looks []look, report func(Check)) error {
	for _, l := range looks {
		checks, err := l.run(ctx)
		if err != nil && (ctx.Err() != nil || sqlite.IsBusy(err)) {
			return fmt.Errorf("store: verify: %s: %w", l.name, err)
		}
		if err != nil {
			checks = []Check{{Name: l.name, Wrong: 1, Findings: []Finding{{Text: "cannot be read: " + err.Error(), Damage: true}}}}
		}
		for _, c := range checks {
			report(c)
		}
	}
	return s.check()
}

// lookAtStock looks for products of which more was sold than there was.
func (s *Store) lookAtStock(ctx context.Context) ([]Check, error) {
	c := Check{Name: "stock", Of: "products"}
	err := query.Each(ctx, s.read, func(rows *sql.Rows) error {
		var sku string
		var stock int64
		if err := rows.Scan(&sku, &stock); err != nil {
			return err
		}
		if c.Seen++; stock < 0 {
			c.wrong(Finding{
				Text:  fmt.Sprintf("the stock of %s is %d", sku, stock),
				Query: "SELECT * FROM products WHERE sku = " + literal(sku),
			})
		}
		return nil
	}, "SELECT sku, stock FROM products ORDER BY sku")
	return []Check{c}, err
}

// literal returns s as SQL, on one line whatever is in it.
func literal(s string) string {
	if strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) || r == unicode.ReplacementChar }) {
		return fmt.Sprintf("CAST(x'%x' AS TEXT)", s)
	}
	return "'" + strings.ReplaceAll(s, "'", "''") + "'"
}

// plain returns s for the middle of a line: as it is, or quoted where it could
// break the line or look like something else.
func plain(s string) string {
	if quoted := strconv.Quote(s); s == "" || len(quoted) != len(s)+2 || strings.Contains(s, " ") {
		return fmt.Sprintf("%.60q", s)
	}
	return s
}
