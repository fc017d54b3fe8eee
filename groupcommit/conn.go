package groupcommit

import (
	"context"
	"database/sql/driver"
	"errors"
)

// conn is a virtual connection: a request, and a transaction if one is open. It
// is cheap; there may be thousands.
type conn struct {
	g   *Group
	req *request
	tx  *tx // nil: autocommit
}

var _ interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
} = (*conn)(nil)

func (c *conn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	defer c.req.reset()
	err := c.run(ctx, modeExec, query, args)
	return c.req.result, err
}

// QueryContext reads the whole result into memory before it returns.
func (c *conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	defer c.req.reset()
	if err := c.run(ctx, modeQuery, query, args); err != nil {
		return nil, err
	}
	return c.req.rows, nil
}

// PrepareContext prepares the statement on the real connection to find its
// errors, and keeps its text.
func (c *conn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	defer c.req.reset()
	if err := c.run(ctx, modePrepare, query, nil); err != nil {
		return nil, err
	}
	return &stmt{c, query}, nil
}

func (c *conn) run(ctx context.Context, mode mode, query string, args []driver.NamedValue) error {
	r := c.req
	r.mode, r.class, r.query, r.args = mode, classify(query), query, args
	switch {
	case c.tx != nil:
		return c.tx.run(ctx, r)
	case r.class >= classSavepoint:
		return ErrTransactionControl
	case r.class == classOutsideTx:
		r.do = c.g.runOutsideTx
	}
	return c.g.submit(ctx, r)
}

// BeginTx runs BEGIN IMMEDIATE. SQLite has one isolation level, serializable, so
// that any level is met.
func (c *conn) BeginTx(ctx context.Context, _ driver.TxOptions) (driver.Tx, error) {
	defer c.req.reset()
	c.req.begins = true
	if err := c.g.submit(ctx, c.req); err != nil {
		return nil, err
	}
	c.tx = c.req.tx
	c.tx.conn = c
	return c.tx, nil
}

// Ping waits for the writer lock like a write, so it fails when writes do.
func (c *conn) Ping(ctx context.Context) error {
	_, err := c.ExecContext(ctx, "SELECT 1", nil)
	return err
}

// Close does nothing: database/sql ends a transaction before it closes its connection.
func (c *conn) Close() error { return nil }

// What follows completes driver.Conn and driver.Stmt. database/sql calls the
// methods with a context instead.

func (c *conn) Begin() (driver.Tx, error)           { return nil, errors.ErrUnsupported }
func (c *conn) Prepare(string) (driver.Stmt, error) { return nil, errors.ErrUnsupported }

// stmt is a prepared statement: a text that is known to be valid.
type stmt struct {
	c     *conn
	query string
}

func (s *stmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	return s.c.ExecContext(ctx, s.query, args)
}

func (s *stmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	return s.c.QueryContext(ctx, s.query, args)
}

// NumInput has database/sql count nothing: SQLite does.
func (s *stmt) NumInput() int { return -1 }
func (s *stmt) Close() error  { return nil }

func (s *stmt) Exec([]driver.Value) (driver.Result, error) { return nil, errors.ErrUnsupported }
func (s *stmt) Query([]driver.Value) (driver.Rows, error)  { return nil, errors.ErrUnsupported }
