package groupcommit

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"runtime/debug"
	"sync/atomic"

	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"
)

// innerConn is what a connection of the inner driver must implement.
type innerConn interface {
	driver.Conn
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
}

// modernc is a connection of modernc.org/sqlite.
type modernc interface {
	driver.Conn
	sqlite.DBStatus
}

// real is the one connection that writes. Only the holder of the writer lock
// uses it.
type real struct {
	inner  driver.Connector
	o      Options
	conn   innerConn // nil: not open
	own    modernc   // conn, or the connection that it wraps; nil: about to be closed
	broken bool      // panicked, or driver.ErrBadConn: discard it, do not use it
	stats  *counters

	// unsynced is the fsync that failed, or nil. The kernel may have forgotten what
	// it could not write and report success the next time
	// (https://wiki.postgresql.org/wiki/Fsync_Errors), so there is no next time:
	// the connection is neither used nor closed, which would checkpoint and
	// delete the write-ahead log.
	unsynced atomic.Pointer[error]
}

// ready opens the connection, and again if it went bad.
func (re *real) ready() (err error) {
	if re.unsynced.Load() != nil {
		return ErrNotSynced
	}
	if re.conn != nil && !re.broken {
		return nil
	}
	re.discard()
	defer re.guard(&err)
	conn, err := re.inner.Connect(context.Background())
	if err != nil {
		return err
	}
	if err := re.adopt(conn); err != nil {
		return errors.Join(err, conn.Close())
	}
	re.stats.add(func(s *Stats) { s.Opened++ })
	return nil
}

// adopt makes conn the connection, if it can be.
func (re *real) adopt(conn driver.Conn) error {
	below := conn
	if w, ok := conn.(interface{ Inner() driver.Conn }); ok { // a statement cache
		below = w.Inner()
	}
	full, isFull := conn.(innerConn)
	own, isModernc := below.(modernc)
	if !isFull || !isModernc {
		return fmt.Errorf("groupcommit: %T is no connection of modernc.org/sqlite", conn)
	}
	if re.o.Opened != nil {
		if err := re.o.Opened(own); err != nil {
			return err
		}
	}
	re.conn, re.own = full, own
	return nil
}

// settled tells Options.Settled that no transaction is open.
func (re *real) settled(committed bool) {
	var err error // of a hook that panics
	defer re.guard(&err)
	if re.o.Settled != nil {
		re.o.Settled(re.own, committed)
	}
}

// discard closes the connection, which rolls back what it had not committed.
func (re *real) discard() (err error) {
	conn := re.conn
	re.conn, re.own, re.broken = nil, nil, false
	if conn == nil || re.unsynced.Load() != nil {
		return nil
	}
	defer func() { re.broken = false }()
	defer re.guard(&err)
	re.settled(false)
	return conn.Close()
}

// guard turns a panic of the driver into an error and marks a connection that must
// not be used any more. Defer it around every call of the driver.
func (re *real) guard(err *error) {
	if p := recover(); p != nil {
		*err = &PanicError{Value: p, Stack: debug.Stack()}
		re.broken = true
	}
	if errors.Is(*err, driver.ErrBadConn) {
		re.broken = true
	}
}

// use calls do with the connection.
func (re *real) use(do func(innerConn) error) (err error) {
	defer re.guard(&err)
	if re.conn == nil || re.broken {
		return driver.ErrBadConn
	}
	return do(re.conn)
}

// exec runs a statement without parameters.
func (re *real) exec(ctx context.Context, query string) error {
	return re.use(func(c innerConn) error {
		_, err := c.ExecContext(ctx, query, nil)
		return err
	})
}

// run runs the statement of r and keeps its result in r.
func (re *real) run(ctx context.Context, r *request) {
	r.err = busy(re.use(func(c innerConn) (err error) {
		switch r.mode {
		case modeExec:
			r.result, err = c.ExecContext(ctx, r.query, r.args)
		case modeQuery:
			r.rows, err = readAll(c.QueryContext(ctx, r.query, r.args))
		case modePrepare:
			var s driver.Stmt
			if s, err = c.PrepareContext(ctx, r.query); err == nil {
				err = s.Close()
			}
		}
		return err
	}))
	if err := r.err; isNotSynced(err) {
		re.unsynced.CompareAndSwap(nil, &err)
	}
}

// beginTx takes SQLite's lock at once: SQLite refuses to upgrade a deferred
// transaction without waiting, whatever busy_timeout says.
const beginTx = "BEGIN IMMEDIATE"

// begin opens a transaction. ctx bounds the wait for SQLite's lock. After an
// error no transaction is open.
func (re *real) begin(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := re.ready(); err != nil {
		return err
	}
	err := re.exec(ctx, beginTx)
	if err != nil {
		re.rollback() // ctx may have ended just after the BEGIN took effect
	}
	return err
}

// commit ends the transaction. After an error none is open: either it was rolled
// back, or the error is an ErrOutcomeUnknown.
func (re *real) commit() error {
	if re.conn == nil || re.broken {
		re.discard()
		return driver.ErrBadConn
	}
	err := re.exec(context.Background(), "COMMIT")
	switch {
	case err == nil:
		re.settled(true)
		return nil
	case isNotSynced(err):
		re.unsynced.Store(&err)
		return unknown(err)
	case code(err) == lib.SQLITE_ERROR || re.inTransaction(): // SQLITE_ERROR: there was none
		re.rollback()
		return busy(err)
	case code(err) == lib.SQLITE_FULL: // and rolled back
		return err
	default:
		re.settled(false)
		return unknown(err)
	}
}

// rollback leaves the connection without a transaction, at worst by closing it.
func (re *real) rollback() error {
	if re.conn == nil || re.broken {
		return re.discard()
	}
	err := re.exec(context.Background(), "ROLLBACK")
	if err != nil && code(err) != lib.SQLITE_ERROR { // SQLITE_ERROR: no transaction is active
		re.discard()
		return err
	}
	re.settled(false)
	return err
}

// hasDeferredViolation reports whether a deferred foreign key is violated. Alone,
// the statement would fail on it. In a group a later one could repair it before
// the commit, or all would fail.
func (re *real) hasDeferredViolation() bool {
	if re.conn == nil || re.broken {
		return false
	}
	violated, _, _ := re.own.Status(sqlite.DBStatusDeferredFKs, false) // no error: the code is one of SQLite's
	return violated != 0
}

// inTransaction reports whether the transaction survived an error: SQLite rolls
// back all of it on some (SQLITE_FULL, SQLITE_IOERR, OR ROLLBACK) and none on
// others, https://www.sqlite.org/lang_transaction.html. The driver does not
// offer sqlite3_get_autocommit, but BEGIN fails within a transaction.
func (re *real) inTransaction() bool {
	if re.broken {
		re.discard()
		return false
	}
	err := re.exec(context.Background(), "BEGIN")
	if code(err) == lib.SQLITE_ERROR {
		return true
	}
	re.rollback()
	return false
}
