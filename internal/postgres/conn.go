package postgres

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// conn is a connection of pgx. Where a statement was surely not carried
// out, it says driver.ErrBadConn: database/sql then tries another connection,
// and a new one in the end.
type conn struct {
	*stdlib.Conn
	connector *connector
	readOnly  bool        // since it was opened: its server is no longer the primary
	pending   bool        // a write has no answer yet, and Conn is not to be used
	settling  atomic.Bool // a write may be committing: it is not cancelled

	unconfirmed atomic.Bool // no standby confirmed a commit
}

// errLost marks the error of a connection that broke, so that it is not taken
// for one of the shopper's connection.
var errLost = errors.New("the connection to the database broke")

// within bounds how long ctx waits for the server.
func (c *conn) within(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, c.connector.patience)
}

// ExecContext implements driver.ExecerContext.
func (c *conn) ExecContext(ctx context.Context, text string, args []driver.NamedValue) (result driver.Result, err error) {
	if c.isClosed() {
		return nil, driver.ErrBadConn
	}
	if c.isIdle() && !isRead(text) {
		return settle(ctx, c, func(ctx context.Context) (driver.Result, error) {
			return c.Conn.ExecContext(ctx, text, args)
		})
	}
	ctx, cancel := c.within(ctx)
	defer cancel()
	result, err = c.Conn.ExecContext(ctx, text, args)
	return result, c.classify(err)
}

// QueryContext implements driver.QueryerContext. A text that PostgreSQL cannot
// hold, and so refuses to look for, is in no row.
func (c *conn) QueryContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	if c.isClosed() {
		return nil, driver.ErrBadConn
	}
	reads, idle := isRead(text), c.isIdle()
	if idle && !reads {
		return settle(ctx, c, func(ctx context.Context) (driver.Rows, error) { return c.readAll(ctx, text, args) })
	}
	ctx, cancel := c.within(ctx)
	found, err := c.Conn.QueryContext(ctx, text, args)
	if err == nil {
		return &rows{found.(*stdlib.Rows), c, cancel}, nil
	}
	defer cancel()
	switch err = c.classify(err); {
	case reads && state(err) == stateNoText:
		return &allRows{}, nil
	case reads && idle && errors.Is(err, errLost) && ctx.Err() == nil:
		err = badConn(err)
	}
	return nil, err
}

// isRead reports whether a statement commits nothing that has to last.
func isRead(text string) bool { return strings.HasPrefix(strings.TrimSpace(text), "SELECT") }

// CheckNamedValue implements driver.NamedValueChecker. Without prepared statements
// pgx takes bytes for BYTEA, of which the shop has none.
func (c *conn) CheckNamedValue(v *driver.NamedValue) error {
	if b, ok := v.Value.([]byte); ok && b != nil {
		v.Value = string(b)
	}
	return nil
}

// BeginTx implements driver.ConnBeginTx.
func (c *conn) BeginTx(ctx context.Context, o driver.TxOptions) (driver.Tx, error) {
	if c.isClosed() {
		return nil, driver.ErrBadConn
	}
	bounded, cancel := c.within(ctx)
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
func (c *conn) IsValid() bool { return !c.readOnly && !c.pending && !c.isClosed() }

// Close implements driver.Conn. A connection whose write has no answer closes later.
func (c *conn) Close() error {
	if c.pending {
		return nil
	}
	return c.Conn.Close()
}

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
		c.connector.lostAt.Store(time.Now().UnixNano())
		return errLost
	case state(err) == stateReadOnly:
		// The server was demoted, or another one was promoted and this one fenced.
		c.readOnly = true
		if c.isIdle() {
			return badConn(err) // it did nothing
		}
	case c.isClosed():
		c.connector.lostAt.Store(time.Now().UnixNano())
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

// tx is a transaction of pgx whose end does not wait for long either.
type tx struct {
	pgx.Tx
	conn *conn
	ctx  context.Context // of its begin
}

// Commit implements driver.Tx. Its error is [ErrOutcomeUnknown] where no answer
// came: the transaction may have taken place.
func (t *tx) Commit() error {
	_, err := settle(t.ctx, t.conn, func(ctx context.Context) (struct{}, error) { return struct{}{}, t.Tx.Commit(ctx) })
	return err
}

// Rollback implements driver.Tx. It does not depend on the context of the
// transaction, which is often what has ended: the connection stays usable.
func (t *tx) Rollback() error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.ctx), pingWithin)
	defer cancel()
	return t.conn.classify(t.Tx.Rollback(ctx))
}
