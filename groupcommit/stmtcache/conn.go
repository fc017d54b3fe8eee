// Package stmtcache keeps prepared statements for a database/sql driver that
// prepares the text of every Exec and Query anew, as modernc.org/sqlite does:
// that is about half the cost of a lookup by primary key.
//
//	inner, err := sqlite.NewConnector("file:app.db")
//	db := sql.OpenDB(stmtcache.Connector(inner))
package stmtcache

import (
	"context"
	"database/sql/driver"
	"fmt"
)

// size is how many statements a connection keeps.
const size = 64

// Connector returns a connector whose connections keep up to 64 prepared
// statements each, by SQL text, and are otherwise those of inner. The connections
// and statements of inner must have the methods with a context.
func Connector(inner driver.Connector) driver.Connector { return &connector{inner, size} }

type connector struct {
	driver.Connector
	size int
}

// Connect returns the error of the inner connector, or one that names a type
// that lacks methods of database/sql/driver.
func (c *connector) Connect(ctx context.Context) (driver.Conn, error) {
	inner, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	full, ok := inner.(innerConn)
	if !ok {
		inner.Close()
		return nil, fmt.Errorf("stmtcache: %T lacks methods of database/sql/driver", inner)
	}
	return &conn{full, &cache{conn: full, size: c.size, entries: make(map[string]*entry)}}, nil
}

// innerConn is what a connection of the inner driver must implement.
type innerConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

type conn struct {
	innerConn
	cache *cache
}

// Inner returns the wrapped connection, for (*sql.Conn).Raw.
func (c *conn) Inner() driver.Conn { return c.innerConn }

func (c *conn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	e, err := c.cache.take(ctx, query)
	if err != nil {
		return nil, err
	}
	if e == nil {
		return c.innerConn.ExecContext(ctx, query, args)
	}
	defer c.cache.give(e)
	return e.ExecContext(ctx, args)
}

func (c *conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	e, err := c.cache.take(ctx, query)
	if err != nil {
		return nil, err
	}
	if e == nil {
		return c.innerConn.QueryContext(ctx, query, args)
	}
	inner, err := e.QueryContext(ctx, args)
	if err != nil {
		c.cache.give(e)
		return nil, err
	}
	return &rows{inner, c.cache, e}, nil
}

func (c *conn) Close() error {
	for c.cache.evict() { // none is in use any more
	}
	return c.innerConn.Close()
}

// rows give their statement back when they are closed, which database/sql does once.
type rows struct {
	driver.Rows
	cache *cache
	entry *entry
}

func (r *rows) Close() error {
	defer r.cache.give(r.entry)
	return r.Rows.Close()
}
