package postgres

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// connector opens connections that never wait for long, and that leave
// the pool when they are of no more use.
type connector struct{ driver.Connector }

func newConnector(c *pgx.ConnConfig) connector {
	return connector{stdlib.GetConnector(*c)}
}

// Connect implements driver.Connector.
func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	opened, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &conn{Conn: opened.(*stdlib.Conn)}, nil
}

// conn is a connection of pgx. Where a statement was surely not carried
// out, it says driver.ErrBadConn: database/sql then tries another connection,
// and a new one in the end.
type conn struct {
	*stdlib.Conn
	readOnly bool // since it was opened: its server is no longer the primary
}

// errLost marks the error of a connection that broke, so that it is not taken
// for one of the shopper's connection.
var errLost = errors.New("the connection to the database broke")

// within bounds how long ctx waits for the server.
func within(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, statementWithin)
}

// ExecContext implements driver.ExecerContext.
func (c *conn) ExecContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Result, error) {
	if c.isClosed() {
		return nil, driver.ErrBadConn
	}
	ctx, cancel := within(ctx)
	defer cancel()
	result, err := c.Conn.ExecContext(ctx, text, args)
	return result, c.classify(err)
}

// QueryContext implements driver.QueryerContext. A text that PostgreSQL cannot
// hold, and so refuses to look for, is in no row.
func (c *conn) QueryContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	if c.isClosed() {
		return nil, driver.ErrBadConn
	}
	reads := strings.HasPrefix(strings.TrimSpace(text), "SELECT ")
	repeatable := reads && c.isIdle()
	ctx, cancel := within(ctx)
	found, err := c.Conn.QueryContext(ctx, text, args)
	if err == nil {
		return &rows{found.(*stdlib.Rows), c, cancel}, nil
	}
	defer cancel()
	switch err = c.classify(err); {
	case reads && state(err) == stateNoText:
		return noRows{}, nil
	case repeatable && errors.Is(err, errLost) && ctx.Err() == nil:
		err = badConn(err)
	}
	return nil, err
}

// BeginTx implements driver.ConnBeginTx.
func (c *conn) BeginTx(ctx context.Context, o driver.TxOptions) (driver.Tx, error) {
	if c.isClosed() {
		return nil, driver.ErrBadConn
	}
	bounded, cancel := within(ctx)
	defer cancel()
	begun, err := c.Conn.Conn().BeginTx(bounded, txOptions(o))
	if err != nil {
		if err = c.classify(err); errors.Is(err, errLost) && bounded.Err() == nil {
			err = badConn(err) // nothing was done in it yet
		}
		return nil, err
	}
	return &tx{begun, c, ctx}, nil
}

func txOptions(o driver.TxOptions) (options pgx.TxOptions) {
	if o.Isolation != 0 {
		options.IsoLevel = pgx.TxIsoLevel(strings.ToLower(sql.IsolationLevel(o.Isolation).String()))
	}
	if o.ReadOnly {
		options.AccessMode = pgx.ReadOnly
	}
	return options
}

// ResetSession implements driver.SessionResetter: pgx looks for a sign of life
// where the connection was idle for a second.
func (c *conn) ResetSession(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, pingWithin)
	defer cancel()
	return c.Conn.ResetSession(ctx)
}

// IsValid implements driver.Validator: database/sql asks before it keeps a
// connection.
func (c *conn) IsValid() bool { return !c.readOnly && !c.isClosed() }

func (c *conn) isClosed() bool { return c.Conn.Conn().IsClosed() }

// isIdle reports that no transaction is open.
func (c *conn) isIdle() bool { return c.Conn.Conn().PgConn().TxStatus() == 'I' }

// classify returns err as the shop knows it and records what it says of c, which was
// open before. pgx 5.12 calls a statement without parameters safe to try again
// when the connection broke after it was sent: it would be carried out twice.
func (c *conn) classify(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, driver.ErrBadConn):
		return errLost
	case state(err) == stateReadOnly:
		// The server was demoted, or another one was promoted and this one fenced.
		c.readOnly = true
		if c.isIdle() {
			return badConn(err) // it did nothing
		}
	case c.isClosed():
		return fmt.Errorf("%w: %w", errLost, err)
	}
	return err
}

func badConn(err error) error { return fmt.Errorf("%w: %w", driver.ErrBadConn, err) }

// rows are rows of pgx that bring their timer to an end.
type rows struct {
	*stdlib.Rows
	conn   *conn
	cancel context.CancelFunc
}

// Next implements driver.Rows.
func (r *rows) Next(dest []driver.Value) error {
	err := r.Rows.Next(dest)
	if err != nil && r.conn.isClosed() {
		return r.conn.classify(err)
	}
	return err
}

// Close implements driver.Rows.
func (r *rows) Close() error {
	defer r.cancel()
	return r.conn.classify(r.Rows.Close())
}

// noRows are the rows of a query that finds nothing.
type noRows struct{}

// Columns implements driver.Rows.
func (noRows) Columns() []string { return nil }

// Close implements driver.Rows.
func (noRows) Close() error { return nil }

// Next implements driver.Rows.
func (noRows) Next([]driver.Value) error { return io.EOF }

// tx is a transaction of pgx whose end does not wait for long either.
type tx struct {
	pgx.Tx
	conn *conn
	ctx  context.Context // of its begin
}

// Commit implements driver.Tx. Where its answer does not come, the transaction
// may have taken place.
func (t *tx) Commit() error {
	ctx, cancel := within(t.ctx)
	defer cancel()
	return t.conn.classify(t.Tx.Commit(ctx))
}

// Rollback implements driver.Tx. It does not depend on the context of the
// transaction, which is often what has ended: the connection stays usable.
func (t *tx) Rollback() error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.ctx), pingWithin)
	defer cancel()
	return t.conn.classify(t.Tx.Rollback(ctx))
}
