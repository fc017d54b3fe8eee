package store

import (
	"context"
	"database/sql"
	"time"
)

// queryWithin bounds how long a query takes, waiting for a connection included.
// The queries of a page take milliseconds, unless the server is stuck.
const queryWithin = 2 * time.Second

// querier is what a pool and a transaction share.
type querier interface {
	QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error)
}

// all returns every row of a query, each read by scan. A text that PostgreSQL
// cannot hold, and so refuses to look for, finds nothing.
func all[T any](ctx context.Context, q querier, scan func(*sql.Rows) (T, error), text string, args ...any) ([]T, error) {
	ctx, cancel := context.WithTimeout(ctx, queryWithin)
	defer cancel()
	rows, err := q.QueryContext(ctx, text, args...)
	if sqlState(err) == stateNoText {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var found []T
	for rows.Next() {
		row, err := scan(rows)
		if err != nil {
			return nil, err
		}
		found = append(found, row)
	}
	return found, rows.Err()
}

// one returns the first row of a query, or ErrNotFound.
func one[T any](ctx context.Context, q querier, scan func(*sql.Rows) (T, error), text string, args ...any) (T, error) {
	found, err := all(ctx, q, scan, text, args...)
	if err == nil && len(found) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		var none T
		return none, err
	}
	return found[0], nil
}

func scanInt(rows *sql.Rows) (n int, err error) {
	return n, rows.Scan(&n)
}
