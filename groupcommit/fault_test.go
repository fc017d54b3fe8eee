package groupcommit

import (
	"context"
	"database/sql/driver"
	"sync/atomic"
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
	return &faultyConn{conn.(innerConn), f}, nil
}

type faultyConn struct {
	innerConn
	f *faulty
}

func (c *faultyConn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	s, err := c.innerConn.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	return &faultyStmt{s.(statement), c, query}, nil
}

type faultyStmt struct {
	statement
	c     *faultyConn
	query string
}

func (s *faultyStmt) ExecContext(ctx context.Context, args []driver.NamedValue) (res driver.Result, err error) {
	run := func() (err error) { res, err = s.statement.ExecContext(ctx, args); return err }
	if h := s.c.f.hook.Load(); h != nil {
		return res, (*h)(s.c.innerConn, s.query, run)
	}
	return res, run()
}

func (s *faultyStmt) QueryContext(ctx context.Context, args []driver.NamedValue) (rows driver.Rows, err error) {
	run := func() (err error) { rows, err = s.statement.QueryContext(ctx, args); return err }
	if h := s.c.f.hook.Load(); h != nil {
		return rows, (*h)(s.c.innerConn, s.query, run)
	}
	return rows, run()
}

// codeErr is an error with an SQLite result code.
type codeErr int

func (e codeErr) Error() string { return "injected" }
func (e codeErr) Code() int     { return int(e) }
