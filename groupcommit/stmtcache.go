package groupcommit

import (
	"container/list"
	"context"
	"database/sql/driver"
	"fmt"
)

// maxCachedText is the longest SQL text that is kept: generated statements with
// thousands of parameters rarely repeat and would crowd out the others.
const maxCachedText = 16 << 10

// statement is what a prepared statement of the inner driver must be able to do.
type statement interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// stmtCache keeps the prepared statements of one connection, the least recently
// used one going first. SQLite prepares a kept statement again by itself when
// the schema changed. Not safe for concurrent use, as connections are not.
type stmtCache struct {
	conn  driver.ConnPrepareContext
	max   int
	kept  map[string]*list.Element
	order list.List // of *cachedStmt, the most recently used one in front
}

// cachedStmt is a statement on loan from a stmtCache. Two rows can be open at
// once for one text; the second gets a statement of its own, which is not kept.
type cachedStmt struct {
	statement
	query string
	busy  bool
	elem  *list.Element // nil: not kept
}

func newStmtCache(conn driver.ConnPrepareContext, max int) *stmtCache {
	return &stmtCache{conn: conn, max: max, kept: make(map[string]*list.Element)}
}

// take lends the statement for query, prepared if need be; give it back.
func (c *stmtCache) take(ctx context.Context, query string) (*cachedStmt, error) {
	if elem, ok := c.kept[query]; ok {
		if s := elem.Value.(*cachedStmt); !s.busy {
			s.busy = true
			c.order.MoveToFront(elem)
			return s, nil
		}
	}
	inner, err := c.conn.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	s, ok := inner.(statement)
	if !ok {
		inner.Close()
		return nil, fmt.Errorf("groupcommit: %T lacks ExecContext or QueryContext", inner)
	}
	return &cachedStmt{statement: s, query: query, busy: true}, nil
}

// give takes s back; no rows of it may be open.
func (c *stmtCache) give(s *cachedStmt) {
	s.busy = false
	if s.elem == nil && !c.keep(s) {
		s.Close()
	}
}

func (c *stmtCache) keep(s *cachedStmt) bool {
	if c.kept[s.query] != nil || len(s.query) > maxCachedText || !c.makeRoom() {
		return false
	}
	s.elem = c.order.PushFront(s)
	c.kept[s.query] = s.elem
	return true
}

// makeRoom reports whether one more statement can be kept.
func (c *stmtCache) makeRoom() bool {
	return c.order.Len() < c.max || c.evict()
}

// evict closes the least recently used idle statement, if there is one.
func (c *stmtCache) evict() bool {
	for elem := c.order.Back(); elem != nil; elem = elem.Prev() {
		if s := elem.Value.(*cachedStmt); !s.busy {
			c.order.Remove(elem)
			delete(c.kept, s.query)
			s.Close()
			return true
		}
	}
	return false
}

// close closes all statements; none is lent out when a connection is closed.
func (c *stmtCache) close() {
	for c.evict() {
	}
}
