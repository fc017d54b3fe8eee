package groupcommit

import (
	"context"
	"database/sql/driver"
	"fmt"
)

// Cached returns a connector whose connections keep up to n prepared statements
// each, keyed by SQL text, and is otherwise transparent. It is meant for pools
// that read: modernc's connections prepare the text of every Exec and Query
// anew, which is about half the cost of a lookup by primary key. (The real
// connection of a Group has the same cache; do not wrap its inner connector.)
//
// Only SELECT, VALUES, WITH, INSERT, REPLACE, UPDATE, DELETE and transaction
// control are kept: some pragmas run when they are prepared, and scripts cannot
// be prepared as a whole.
func Cached(inner driver.Connector, n int) driver.Connector {
	return &cachedConnector{Connector: inner, max: n}
}

type cachedConnector struct {
	driver.Connector
	max int
}

func (c *cachedConnector) Connect(ctx context.Context) (driver.Conn, error) {
	return connectCached(ctx, c.Connector, c.max)
}

// innerConn is what a connection of the inner driver must be able to do.
type innerConn interface {
	driver.Conn
	driver.ConnPrepareContext
	driver.ConnBeginTx
	driver.ExecerContext
	driver.QueryerContext
}

// cachedConn is a connection of the inner driver with a statement cache.
type cachedConn struct {
	innerConn
	cache *stmtCache
}

func connectCached(ctx context.Context, inner driver.Connector, max int) (*cachedConn, error) {
	conn, err := inner.Connect(ctx)
	if err != nil {
		return nil, err
	}
	full, ok := conn.(innerConn)
	if !ok {
		conn.Close()
		return nil, fmt.Errorf("groupcommit: %T lacks the context methods of database/sql/driver", conn)
	}
	return &cachedConn{innerConn: full, cache: newStmtCache(full, max)}, nil
}

// Inner returns the wrapped connection, for (*sql.Conn).Raw.
func (c *cachedConn) Inner() driver.Conn { return c.innerConn }

// ExecContext implements driver.ExecerContext.
func (c *cachedConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if classify(query) == classOutsideTx {
		return c.innerConn.ExecContext(ctx, query, args)
	}
	s, err := c.cache.take(ctx, query)
	if err != nil {
		return nil, err
	}
	defer c.cache.give(s)
	return s.ExecContext(ctx, args)
}

// QueryContext implements driver.QueryerContext.
func (c *cachedConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if classify(query) == classOutsideTx {
		return c.innerConn.QueryContext(ctx, query, args)
	}
	s, err := c.cache.take(ctx, query)
	if err != nil {
		return nil, err
	}
	rows, err := s.QueryContext(ctx, args)
	if err != nil {
		c.cache.give(s)
		return nil, err
	}
	return &cachedRows{Rows: rows, cache: c.cache, stmt: s}, nil
}

// check prepares query and keeps it, so that its errors are found early.
func (c *cachedConn) check(ctx context.Context, query string) error {
	s, err := c.cache.take(ctx, query)
	if err == nil {
		if classify(query) == classOutsideTx {
			return s.Close()
		}
		c.cache.give(s)
	}
	return err
}

// Close implements driver.Conn.
func (c *cachedConn) Close() error {
	c.cache.close()
	return c.innerConn.Close()
}

// Ping implements driver.Pinger.
func (c *cachedConn) Ping(ctx context.Context) error {
	if p, ok := c.innerConn.(driver.Pinger); ok {
		return p.Ping(ctx)
	}
	return nil
}

// ResetSession implements driver.SessionResetter.
func (c *cachedConn) ResetSession(ctx context.Context) error {
	if r, ok := c.innerConn.(driver.SessionResetter); ok {
		return r.ResetSession(ctx)
	}
	return nil
}

// IsValid implements driver.Validator.
func (c *cachedConn) IsValid() bool {
	v, ok := c.innerConn.(driver.Validator)
	return !ok || v.IsValid()
}

// CheckNamedValue implements driver.NamedValueChecker.
func (c *cachedConn) CheckNamedValue(v *driver.NamedValue) error {
	if checker, ok := c.innerConn.(driver.NamedValueChecker); ok {
		return checker.CheckNamedValue(v)
	}
	return driver.ErrSkip
}

// cachedRows gives its statement back when it is closed.
type cachedRows struct {
	driver.Rows
	cache *stmtCache
	stmt  *cachedStmt
}

func (r *cachedRows) Close() error {
	if r.stmt == nil {
		return nil
	}
	err := r.Rows.Close()
	r.cache.give(r.stmt)
	r.stmt = nil
	return err
}
