package groupcommit

import (
	"context"
	"database/sql/driver"
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
	driver.NamedValueChecker
	driver.Pinger
	driver.SessionResetter
	driver.Validator
} = (*conn)(nil)

func (c *conn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if c.tx != nil {
		return c.tx.exec(ctx, query, args)
	}
	defer c.req.reset()
	if err := c.statement(ctx, query, args, false); err != nil {
		return nil, err
	}
	return c.req.result, nil
}

// QueryContext reads the whole result into memory before it returns, unless a
// transaction is open.
func (c *conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if c.tx != nil {
		return c.tx.query(ctx, query, args)
	}
	defer c.req.reset()
	if err := c.statement(ctx, query, args, true); err != nil {
		return nil, err
	}
	return c.req.rows, nil
}

func (c *conn) statement(ctx context.Context, query string, args []driver.NamedValue, rows bool) error {
	r := c.req
	r.class, r.query, r.args, r.wantRows = classify(query), query, args, rows
	switch r.class {
	case classControl:
		return ErrTransactionControl
	case classOutsideTx:
		r.do = c.g.runOutsideTx
	}
	return c.g.submit(ctx, r)
}

// exclusive runs do with the writer lock held, outside a transaction.
func (c *conn) exclusive(ctx context.Context, do func(*request)) error {
	defer c.req.reset()
	c.req.do = do
	return c.g.submit(ctx, c.req)
}

// BeginTx runs BEGIN IMMEDIATE, or BEGIN for a read-only transaction. SQLite has
// one isolation level, serializable, so that any level is met.
func (c *conn) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	defer c.req.reset()
	c.req.do = c.g.begin(opts)
	if err := c.g.submit(ctx, c.req); err != nil {
		return nil, err
	}
	c.tx = c.req.tx
	c.tx.conn = c
	return c.tx, nil
}

func (c *conn) Begin() (driver.Tx, error) {
	return c.BeginTx(context.Background(), driver.TxOptions{})
}

// PrepareContext prepares the statement on the real connection to find its
// errors, and keeps its text.
func (c *conn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	var err error
	if c.tx != nil {
		err = c.tx.check(ctx, query)
	} else {
		err = c.exclusive(ctx, func(r *request) { r.err = c.g.real.check(context.Background(), query) })
	}
	if err != nil {
		return nil, err
	}
	return &stmt{c: c, query: query}, nil
}

func (c *conn) Prepare(query string) (driver.Stmt, error) {
	return c.PrepareContext(context.Background(), query)
}

// Ping waits for the writer lock like a write, so it fails when writes do.
func (c *conn) Ping(ctx context.Context) error {
	if c.tx != nil {
		_, err := c.tx.exec(ctx, "SELECT 1", nil)
		return err
	}
	return c.exclusive(ctx, func(r *request) { r.err = c.g.real.ping(context.Background()) })
}

// CheckNamedValue leaves the conversion of values to database/sql, as modernc's
// connections do.
func (c *conn) CheckNamedValue(*driver.NamedValue) error { return driver.ErrSkip }

// ResetSession has nothing to reset: the state of a virtual connection is its
// transaction.
func (c *conn) ResetSession(context.Context) error {
	if !c.IsValid() {
		return driver.ErrBadConn
	}
	return nil
}

// IsValid says nothing about the real connection: a bad one is replaced below
// its virtual connections.
func (c *conn) IsValid() bool {
	select {
	case <-c.g.stopped:
		return false
	default:
		return c.tx == nil
	}
}

func (c *conn) Close() error {
	if c.tx != nil {
		return c.tx.Rollback()
	}
	return nil
}
