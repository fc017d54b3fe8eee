package store

import (
	"context"
	"database/sql"
	"maps"
	"sync"
)

// querier is what a pool, a transaction and the prepared statements share.
type querier interface {
	QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error)
}

// all returns every row of a query, each read by scan.
func all[T any](ctx context.Context, q querier, scan func(*sql.Rows) (T, error), text string, args ...any) ([]T, error) {
	rows, err := q.QueryContext(ctx, text, args...)
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

// statements is a pool whose queries are prepared once and kept. A kept
// statement takes about half the time, since SQLite need not parse it again. Only texts
// of which there is a bounded number may be run here: none is ever dropped.
type statements struct {
	db     *sql.DB
	mu     sync.Mutex
	byText map[string]*sql.Stmt
}

func newStatements(db *sql.DB) *statements {
	return &statements{db: db, byText: map[string]*sql.Stmt{}}
}

// QueryContext implements querier.
func (s *statements) QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	stmt, err := s.prepared(ctx, text)
	if err != nil {
		return nil, err
	}
	return stmt.QueryContext(ctx, args...)
}

func (s *statements) prepared(ctx context.Context, text string) (*sql.Stmt, error) {
	s.mu.Lock()
	stmt := s.byText[text]
	s.mu.Unlock()
	if stmt != nil {
		return stmt, nil
	}
	// Not under the lock: this waits for a connection, and others need none.
	stmt, err := s.db.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if first := s.byText[text]; first != nil {
		return first, stmt.Close()
	}
	s.byText[text] = stmt
	return stmt, nil
}

func (s *statements) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for stmt := range maps.Values(s.byText) {
		stmt.Close() // closing the pool would do it too
	}
	clear(s.byText)
}
