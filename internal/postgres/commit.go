package postgres

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// ErrOutcomeUnknown reports a commit that may or may not have taken place, or that no
// standby has where one must.
var ErrOutcomeUnknown = errors.New("whether it was committed is unknown")

// settle runs a write that commits at its end. It is never cancelled: a PostgreSQL that
// is told so while it waits for its standby says that all is well, and shows to
// everybody what is lost with the primary. What ends a write that is slow before its
// commit is the server's statement_timeout.
//
// Where no answer comes in time, the connection is left to the write.
func settle[T any](ctx context.Context, c *conn, write func(context.Context) (T, error)) (result T, err error) {
	c.settling.Store(true)
	answered := make(chan struct{})
	var answer T
	var failed error
	go func() {
		defer close(answered)
		answer, failed = write(context.WithoutCancel(ctx))
	}()
	timeout := time.NewTimer(c.connector.patience)
	defer timeout.Stop()
	defer context.AfterFunc(ctx, func() { timeout.Reset(min(pingWithin, c.connector.patience)) })()
	select {
	case <-answered:
		return answer, c.settled(failed)
	case <-timeout.C:
		c.pending = true
		c.connector.places.adopt(c, answered)
		return result, ErrOutcomeUnknown
	}
}

// settled classifies the answer to a write.
func (c *conn) settled(err error) error {
	err = c.classify(err)
	if !c.isClosed() { // or pgx cancels it yet
		c.settling.Store(false)
	}
	switch unconfirmed := c.unconfirmed.Swap(false); {
	case err == nil && unconfirmed:
		return fmt.Errorf("%w: the wait for the standby was cancelled", ErrOutcomeUnknown)
	case err == nil:
		c.connector.places.acknowledged()
	case errors.Is(err, errLost):
		return fmt.Errorf("%w: %w", ErrOutcomeUnknown, err)
	}
	return err
}

// notice hears of a commit that waited for a standby until the wait was cancelled:
// the server says that all is well, and warns. The routine is not translated.
func (c *conn) notice(_ *pgconn.PgConn, n *pgconn.Notice) {
	if n.Routine == "SyncRepWaitForLSN" {
		c.unconfirmed.Store(true)
	}
}

// readAll runs a statement that changes rows and returns some, and reads them to the
// end, where it commits.
func (c *conn) readAll(ctx context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	rows, err := c.Conn.QueryContext(ctx, text, args)
	if err != nil {
		return nil, err
	}
	all := &allRows{columns: rows.Columns()}
	for row := make([]driver.Value, len(all.columns)); ; {
		if err = rows.Next(row); err != nil {
			break
		}
		all.rows = append(all.rows, slices.Clone(row))
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return all, errors.Join(err, rows.Close())
}

// allRows are rows that were read.
type allRows struct {
	columns []string
	rows    [][]driver.Value
}

// Columns implements driver.Rows.
func (r *allRows) Columns() []string { return r.columns }

// Close implements driver.Rows.
func (r *allRows) Close() error { return nil }

// Next implements driver.Rows.
func (r *allRows) Next(dest []driver.Value) error {
	if len(r.rows) == 0 {
		return io.EOF
	}
	copy(dest, r.rows[0])
	r.rows = r.rows[1:]
	return nil
}
