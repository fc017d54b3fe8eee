package stmtcache

import (
	"container/list"
	"context"
	"database/sql/driver"
	"fmt"
	"regexp"
)

// maxText is the longest SQL text that is kept, in bytes: generated statements
// with thousands of parameters rarely repeat and would evict the others.
const maxText = 16 << 10

// cacheable matches, after comments, one statement of a kind that is safe to
// prepare: some pragmas run when they are prepared, and of a script only the
// first statement would be.
var cacheable = regexp.MustCompile(`(?is)^(\s|--[^\n]*\n|/\*.*?\*/)*` +
	`(SELECT|VALUES|WITH|INSERT|REPLACE|UPDATE|DELETE|BEGIN|COMMIT|END|ROLLBACK|SAVEPOINT|RELEASE)\b[^;]*[;\s]*$`)

// statement is what a prepared statement of the inner driver must implement.
type statement interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// cache holds the prepared statements of one connection and evicts the least
// recently used one. SQLite itself prepares a statement again when the schema
// has changed. Not safe for concurrent use, as connections are not.
type cache struct {
	conn    driver.ConnPrepareContext
	max     int
	entries map[string]*list.Element
	order   list.List // of *entry, the most recently used one in front
}

// entry is a prepared statement. Two rows can be open at once for one text: the
// second gets an entry that is not cached.
type entry struct {
	statement
	query string
	busy  bool
	elem  *list.Element // nil: not cached
}

// take returns the statement for query, to be given back, or nil if query is not
// cacheable. It returns the error of preparing it.
func (c *cache) take(ctx context.Context, query string) (*entry, error) {
	if elem, ok := c.entries[query]; ok {
		if e := elem.Value.(*entry); !e.busy {
			e.busy = true
			c.order.MoveToFront(elem)
			return e, nil
		}
	} else if len(query) > maxText || !cacheable.MatchString(query) {
		return nil, nil
	}
	inner, err := c.conn.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	s, ok := inner.(statement)
	if !ok {
		inner.Close()
		return nil, fmt.Errorf("stmtcache: %T lacks ExecContext or QueryContext", inner)
	}
	return &entry{statement: s, query: query, busy: true}, nil
}

// give takes e back. Its rows must be closed.
func (c *cache) give(e *entry) {
	e.busy = false
	if e.elem == nil && !c.add(e) {
		e.Close()
	}
}

func (c *cache) add(e *entry) bool {
	if c.entries[e.query] != nil || c.order.Len() >= c.max && !c.evict() {
		return false
	}
	e.elem = c.order.PushFront(e)
	c.entries[e.query] = e.elem
	return true
}

// evict closes the least recently used idle statement, if there is one.
func (c *cache) evict() bool {
	for elem := c.order.Back(); elem != nil; elem = elem.Prev() {
		if e := elem.Value.(*entry); !e.busy {
			c.order.Remove(elem)
			delete(c.entries, e.query)
			e.Close()
			return true
		}
	}
	return false
}

// clear closes all statements. None is in use when a connection is closed.
func (c *cache) clear() {
	for c.evict() {
	}
}
