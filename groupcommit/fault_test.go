package groupcommit

import (
	"context"
	"database/sql/driver"
	"sync/atomic"

	"modernc.org/sqlite"
)

// faulty is a connector whose statements go through a hook that can fail them.
type faulty struct {
	driver.Connector
	hook atomic.Pointer[hook]
}

// hook is called with each statement; run runs it.
type hook func(conn innerConn, query string, run func() error) error

func (f *faulty) set(h hook) { f.hook.Store(&h) }

func (f *faulty) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := f.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &faultyConn{conn.(faultless), f}, nil
}

type faultless interface {
	innerConn
	sqlite.DBStatus
}

type faultyConn struct {
	faultless
	f *faulty
}

func (c *faultyConn) run(query string, run func() error) error {
	if h := c.f.hook.Load(); h != nil {
		return (*h)(c.faultless, query, run)
	}
	return run()
}

func (c *faultyConn) ExecContext(ctx context.Context, query string,
	args []driver.NamedValue) (res driver.Result, err error) {
	err = c.run(query, func() (err error) { res, err = c.faultless.ExecContext(ctx, query, args); return err })
	return res, err
}

func (c *faultyConn) QueryContext(ctx context.Context, query string,
	args []driver.NamedValue) (rows driver.Rows, err error) {
	err = c.run(query, func() (err error) { rows, err = c.faultless.QueryContext(ctx, query, args); return err })
	return rows, err
}

// codeErr is an error with an SQLite result code.
type codeErr int

func (e codeErr) Error() string { return "injected" }
func (e codeErr) Code() int     { return int(e) }
