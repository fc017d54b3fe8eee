// Package verify checks that a database keeps what the shop promises: the file is
// whole, no rule of the schema is broken, orders add up, sessions can be read.
package verify

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"trolley/internal/sqlite"
)

// Database is a database to check. Nothing is written to it.
type Database struct {
	DB   *sql.DB
	File *sqlite.Pools // nil on PostgreSQL
	// Progress, if not nil, is told how many more orders, or sessions, were checked.
	Progress func(rows int)
}

// Check is one promise that the database keeps, and what was found out about it.
type Check struct {
	Name     string    // "stock"
	Seen     int       // how much was checked
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

func (c *Check) add(f Finding) {
	c.Wrong++
	if len(c.Findings) < MaxFindings {
		c.Findings = append(c.Findings, f)
	}
}

// wrong adds a row that breaks a rule, and which query shows.
func (c *Check) wrong(query, format string, args ...any) {
	c.add(Finding{Text: fmt.Sprintf(format, args...), Query: query})
}

// damaged adds what makes the whole database useless.
func (c *Check) damaged(query, format string, args ...any) {
	c.add(Finding{Text: fmt.Sprintf(format, args...), Query: query, Damage: true})
}

// Damaged reports whether a finding says that the file is not whole.
func (c Check) Damaged() bool {
	return slices.ContainsFunc(c.Findings, func(f Finding) bool { return f.Damage })
}

// part is a part of a verification. It may check several promises in one pass.
type part struct {
	name string
	run  func(context.Context) ([]Check, error)
}

// Verify checks everything, and calls report with each promise once it was checked.
// It reads in small transactions, but for the engine's own checks.
//
// What is wrong is in the findings. The error says that the check itself failed: it
// is [sqlite.ErrChanged], [sqlite.ErrLost], one that [sqlite.IsBusy] knows, or that of ctx.
func (d Database) Verify(ctx context.Context, report func(Check)) error {
	parts := []part{{"schema", d.checkSchema}}
	if d.File != nil {
		parts = append(parts, part{"file", d.checkFile}, part{"references", d.checkReferences}, part{"values", d.checkValues})
	}
	return d.check(ctx, append(parts, d.rows()...), report)
}

// VerifyRows is Verify for a database that is not a shop yet: it checks the rows alone.
func (d Database) VerifyRows(ctx context.Context, report func(Check)) error {
	return d.check(ctx, d.rows(), report)
}

// rows returns the parts that read the rows.
func (d Database) rows() []part {
	return []part{
		{"stock", d.checkStock}, {"orders", d.checkOrders},
		{"one order per cart", d.checkCartIDs}, {"sessions", d.checkSessions}, {"accounts", d.checkAccounts},
	}
}

func (d Database) check(ctx context.Context, parts []part, report func(Check)) error {
	for _, p := range parts {
		checks, err := p.run(ctx)
		if err != nil && (ctx.Err() != nil || sqlite.IsBusy(err)) {
			return fmt.Errorf("verify: %s: %w", p.name, err)
		}
		if err != nil {
			unread := Check{Name: p.name}
			unread.damaged("", "cannot be read: %v", err)
			checks = []Check{unread}
		}
		for _, c := range checks {
			report(c)
		}
	}
	if d.File != nil {
		return d.File.Check()
	}
	return nil
}

// batch is how many rows are read in one transaction. A longer one would keep the
// shop's log from being emptied.
const batch = 500

// inBatches calls next with the last key of the batch before, at first with after, until it
// returns fewer rows than a batch has. All that it reads on tx is of one moment.
func (d Database) inBatches(ctx context.Context, after string, next func(ctx context.Context, tx *sql.Tx, after string) (last string, n int, err error)) error {
	for n := batch; n == batch; {
		// SQLite knows no other isolation; PostgreSQL has to be asked.
		tx, err := d.DB.BeginTx(ctx, &sql.TxOptions{ReadOnly: true, Isolation: sql.LevelRepeatableRead})
		if err != nil {
			return err
		}
		after, n, err = next(ctx, tx, after)
		if failed := tx.Rollback(); !errors.Is(failed, sql.ErrTxDone) {
			err = errors.Join(err, failed)
		}
		if err != nil {
			return err
		}
		if d.Progress != nil {
			d.Progress(n)
		}
	}
	return nil
}
