package groupcommit

import (
	"context"
	"database/sql/driver"
)

// conn is a virtual connection: a request, and a transaction if one is open. It
// is cheap; there may be thousands.
type conn struct {
	g     *Group
	req   *request
	lease *lease // nil: autocommit
}

// ExecContext implements driver.ExecerContext.
func (c *conn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if c.lease != nil {
		return c.lease.exec(ctx, query, args)
	}
	defer c.req.reset()
	if err := c.statement(ctx, query, args, false); err != nil {
		return nil, err
	}
	return c.req.result, nil
}

// QueryContext implements driver.QueryerContext. Outside a transaction the whole
// result is read into memory before it returns.
func (c *conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if c.lease != nil {
		return c.lease.query(ctx, query, args)
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
	case classAlone:
		r.do = c.g.alone
	}
	return c.g.submit(ctx, r)
}

// alone runs a statement of classAlone and sees to it that no transaction is
// open afterwards.
func (g *Group) alone(r *request) {
	g.real.run(r)
	g.stats.alone.Add(1)
	if g.real.inTransaction() {
		g.real.rollback()
		if r.err == nil {
			r.err = ErrTransactionControl
		}
	}
}

// other has do run exclusively, outside a transaction.
func (c *conn) other(ctx context.Context, do func(*request)) error {
	defer c.req.reset()
	c.req.do = do
	return c.g.submit(ctx, c.req)
}

// BeginTx implements driver.ConnBeginTx: BEGIN IMMEDIATE, or BEGIN if it is read
// only. SQLite has one isolation level, serializable, so that any will do.
func (c *conn) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	defer c.req.reset()
	c.req.do = c.g.begin(opts)
	if err := c.g.submit(ctx, c.req); err != nil {
		return nil, err
	}
	c.lease = c.req.lease
	return &tx{c}, nil
}

// Begin implements driver.Conn.
func (c *conn) Begin() (driver.Tx, error) {
	return c.BeginTx(context.Background(), driver.TxOptions{})
}

// tx is the open transaction of its connection.
type tx struct{ c *conn }

// Commit implements driver.Tx.
func (t *tx) Commit() error {
	l := t.c.lease
	t.c.lease = nil
	return l.commit()
}

// Rollback implements driver.Tx.
func (t *tx) Rollback() error {
	l := t.c.lease
	t.c.lease = nil
	return l.rollback()
}

// PrepareContext implements driver.ConnPrepareContext. The statement is prepared
// on the real connection to find its errors; what is kept is its text.
func (c *conn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	var err error
	if c.lease != nil {
		err = c.lease.check(ctx, query)
	} else {
		err = c.other(ctx, func(r *request) { r.err = c.g.real.check(context.Background(), query) })
	}
	if err != nil {
		return nil, err
	}
	return &stmt{c: c, query: query}, nil
}

// Prepare implements driver.Conn.
func (c *conn) Prepare(query string) (driver.Stmt, error) {
	return c.PrepareContext(context.Background(), query)
}

// Ping implements driver.Pinger. It takes its turn, so it fails when writes do.
func (c *conn) Ping(ctx context.Context) error {
	if c.lease != nil {
		_, err := c.lease.exec(ctx, "SELECT 1", nil)
		return err
	}
	return c.other(ctx, func(r *request) { r.err = c.g.real.ping(context.Background()) })
}

// CheckNamedValue implements driver.NamedValueChecker: values are converted as
// database/sql does by default, as for modernc's own connections.
func (c *conn) CheckNamedValue(*driver.NamedValue) error { return driver.ErrSkip }

// ResetSession implements driver.SessionResetter. A virtual connection has no
// state outside a transaction.
func (c *conn) ResetSession(context.Context) error {
	if !c.IsValid() {
		return driver.ErrBadConn
	}
	return nil
}

// IsValid implements driver.Validator. A bad real connection does not make its
// virtual ones bad: it is replaced below them.
func (c *conn) IsValid() bool {
	select {
	case <-c.g.stopped:
		return false
	default:
		return c.lease == nil
	}
}

// Close implements driver.Conn.
func (c *conn) Close() error {
	if c.lease != nil {
		return c.lease.rollback()
	}
	return nil
}
