package stmtcache

import (
	"context"
	"database/sql/driver"
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
	size    int
	entries map[string]*entry
	uses    int
}

// entry is a prepared statement. Two rows can be open at once for one text: the
// second gets an entry that is not cached.
type entry struct {
	statement
	query   string
	busy    bool
	lastUse int
}

// take returns the statement for query, to be given back, or nil if query is not
// cacheable. It returns the error of preparing it.
func (c *cache) take(ctx context.Context, query string) (*entry, error) {
	e := c.entries[query]
	switch {
	case e != nil && !e.busy:
		c.uses++
		e.busy, e.lastUse = true, c.uses
		return e, nil
	case e == nil && (len(query) > maxText || !cacheable.MatchString(query)):
		return nil, nil
	}
	s, err := c.conn.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	c.uses++
	return &entry{s.(statement), query, true, c.uses}, nil
}

// give takes e back and caches it if there is room. Its rows must be closed.
func (c *cache) give(e *entry) {
	e.busy = false
	if c.entries[e.query] == nil && (len(c.entries) < c.size || c.evict()) {
		c.entries[e.query] = e
	}
	if c.entries[e.query] != e {
		e.Close()
	}
}

// evict closes the least recently used idle statement, if there is one.
func (c *cache) evict() bool {
	var oldest *entry
	for _, e := range c.entries {
		if !e.busy && (oldest == nil || e.lastUse < oldest.lastUse) {
			oldest = e
		}
	}
	if oldest == nil {
		return false
	}
	delete(c.entries, oldest.query)
	oldest.Close()
	return true
}
