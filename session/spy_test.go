package session

import (
	"context"
	"database/sql/driver"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"modernc.org/sqlite"
)

// spy is a connector that notes every statement on its way to SQLite.
type spy struct {
	driver.Connector
	mu         sync.Mutex
	statements []statement
	before     func(query string) error // may refuse a statement
}

type statement struct {
	query string
	args  []driver.NamedValue
}

// newSpy connects to path and waits for locks at most busy milliseconds.
func newSpy(t testing.TB, path string, busy int) *spy {
	t.Helper()
	options := strings.Replace(dsnOptions, "_busy_timeout=5000", fmt.Sprintf("_busy_timeout=%d", busy), 1)
	connector, err := sqlite.NewConnector("file:" + path + options)
	if err != nil {
		t.Fatal(err)
	}
	return &spy{Connector: connector}
}

func (s *spy) Connect(ctx context.Context) (driver.Conn, error) {
	c, err := s.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &spyConn{c.(fullConn), s}, nil
}

// onStatement calls f before each statement from now on.
func (s *spy) onStatement(f func(query string) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.before = f
}

func (s *spy) note(query string, args []driver.NamedValue) error {
	s.mu.Lock()
	s.statements = append(s.statements, statement{query, slices.Clone(args)})
	before := s.before
	s.mu.Unlock()
	if before == nil {
		return nil
	}
	return before(query)
}

func (s *spy) all() []statement {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.statements)
}

// take returns the statements since the last call, and forgets them.
func (s *spy) take() (queries []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, st := range s.statements {
		queries = append(queries, st.query)
	}
	s.statements = nil
	return queries
}

// writes are those of queries that take SQLite's write lock.
func writes(queries []string) []string {
	return slices.DeleteFunc(slices.Clone(queries), func(q string) bool { return strings.HasPrefix(strings.TrimSpace(q), "SELECT") })
}

// fullConn is what modernc.org/sqlite's connections can do for database/sql.
type fullConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.SessionResetter
	driver.Validator
}

type spyConn struct {
	fullConn
	spy *spy
}

func (c *spyConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if err := c.spy.note(query, args); err != nil {
		return nil, err
	}
	return c.fullConn.ExecContext(ctx, query, args)
}

func (c *spyConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if err := c.spy.note(query, args); err != nil {
		return nil, err
	}
	return c.fullConn.QueryContext(ctx, query, args)
}

// BeginTx is a statement as well: BEGIN IMMEDIATE takes the write lock.
func (c *spyConn) BeginTx(ctx context.Context, o driver.TxOptions) (driver.Tx, error) {
	if err := c.spy.note("BEGIN", nil); err != nil {
		return nil, err
	}
	return c.fullConn.BeginTx(ctx, o)
}
