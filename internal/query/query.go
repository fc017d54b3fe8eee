// Package query has what all SQL of the shop has in common: reading rows,
// changing rows, and transactions. It knows no engine and no table.
package query

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// ErrNotFound reports that a query found no row.
var ErrNotFound = errors.New("not found")

// Limit bounds how long [All] and [One] take, waiting for a connection included.
// The queries of a page take milliseconds, unless the server is stuck.
const Limit = 2 * time.Second

// Querier is what a pool, a connection and a transaction share.
type Querier interface {
	QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error)
}

// All returns every row of a query, each read by scan, within [Limit]. Its errors
// are those of the driver and of scan.
func All[T any](ctx context.Context, q Querier, scan func(*sql.Rows) (T, error), text string, args ...any) (found []T, err error) {
	ctx, cancel := context.WithTimeout(ctx, Limit)
	defer cancel()
	err = Each(ctx, q, func(rows *sql.Rows) error {
		row, err := scan(rows)
		found = append(found, row)
		return err
	}, text, args...)
	if err != nil {
		return nil, err
	}
	return found, nil
}

// One returns the first row of a query, or [ErrNotFound].
func One[T any](ctx context.Context, q Querier, scan func(*sql.Rows) (T, error), text string, args ...any) (row T, err error) {
	found, err := All(ctx, q, scan, text, args...)
	switch {
	case err != nil:
		return row, err
	case len(found) == 0:
		return row, ErrNotFound
	}
	return found[0], nil
}

// Each calls visit with every row of a query, however long that takes: reading a
// whole table is not the work of a page. It stops at the first error of visit,
// and returns it.
func Each(ctx context.Context, q Querier, visit func(*sql.Rows) error, text string, args ...any) error {
	rows, err := q.QueryContext(ctx, text, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := visit(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Int reads a row of one number.
func Int(rows *sql.Rows) (n int, err error) { return n, rows.Scan(&n) }

// lastMilli is the last millisecond of the year 9999: RFC 3339, and so JSON, knows none after it.
const lastMilli = 253_402_300_799_999

// Milli returns the time of a column of milliseconds since 1970, in UTC. A later year
// than 9999, say after a change by hand, is the end of 9999.
func Milli(column int64) time.Time { return time.UnixMilli(min(column, lastMilli)).UTC() }

// Text reads a row of one text.
func Text(rows *sql.Rows) (s string, err error) { return s, rows.Scan(&s) }

// Changed reports whether a statement changed any row. It returns the error of
// the statement.
func Changed(result sql.Result, err error) (bool, error) {
	if err != nil {
		return false, err
	}
	n, err := result.RowsAffected()
	return n > 0, err
}

// Wrap returns err after what was done, as [fmt.Sprintf] formats it, and nil for nil.
func Wrap(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf(format+": %w", append(args, err)...)
}

// Params returns the parameters $1 to $n, separated by commas.
func Params(n int) string {
	names := make([]string, n)
	for i := range names {
		names[i] = "$" + strconv.Itoa(i+1)
	}
	return strings.Join(names, ", ")
}

// Args returns values as the arguments of a query.
func Args[T any](values []T) []any {
	args := make([]any, len(values))
	for i, v := range values {
		args[i] = v
	}
	return args
}

// Name returns the name of a table as SQL.
func Name(table string) string { return `"` + strings.ReplaceAll(table, `"`, `""`) + `"` }

// Retry calls do until its error is none that passes, for so long at most, and returns the
// last one.
func Retry(ctx context.Context, within time.Duration, do func(context.Context) error, passes func(error) bool) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	for {
		err := do(ctx)
		if !passes(err) || Pause(ctx, 20*time.Millisecond) != nil {
			return err
		}
	}
}

// Pause waits for d, and returns the error of ctx where that ends first.
func Pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
