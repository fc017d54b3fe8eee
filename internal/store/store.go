// Package store holds the SQL of the shop: the catalogue, the orders, and the
// sessions table as operators see it. [Open] opens the database, on SQLite or on
// PostgreSQL, which it tells by the name. One SQL text serves both wherever it can.
//
// Errors wrap those of the driver. Compare with errors.Is against [ErrNotFound]
// and [ErrAlreadyPlaced], with errors.AsType against [*StaleError], and ask
// [IsUnavailable] and [IsConflict] about the rest.
package store

import (
	"context"
	"database/sql"
	"sync"
	"sync/atomic"
	"time"

	"trolley/internal/cart"
	"trolley/internal/query"
	"trolley/internal/sqlite"
	"trolley/session"

	"golang.org/x/sync/singleflight"
)

// Store is an open database. It is safe for concurrent use.
type Store struct {
	engine      Engine
	write, read *sql.DB
	database    database
	now         func() time.Time
	newNumber   func() cart.OrderNumber
	close       func() error

	listed  atomic.Pointer[listing] // nil where the catalogue is small
	reading singleflight.Group      // of listed
}

// Engine is a kind of database.
type Engine = session.Engine

// The engines.
const (
	SQLite   = session.SQLite
	Postgres = session.Postgres // and what speaks its protocol
)

// database is what was opened.
type database interface {
	// Check returns why it is no longer the one on disk, or keeps nothing that is written
	// now, or nil.
	Check() error
	Close() error
}

func newStore(engine Engine, write, read *sql.DB, db database) *Store {
	close := sync.OnceValue(func() error { return query.Wrap(db.Close(), "store: close") })
	return &Store{engine: engine, write: write, read: read, database: db, now: time.Now, newNumber: cart.NewOrderNumber, close: close}
}

// Engine returns the kind of the database.
func (s *Store) Engine() Engine { return s.engine }

// Write returns the pool for statements that change something. On SQLite one
// connection runs them all, in groups, and a transaction has it for itself: what
// holds one must not use this pool beside it. On PostgreSQL it has the connections
// of Read, at most three quarters of them at a time. Close closes it.
func (s *Store) Write() *sql.DB { return s.write }

// Read returns the pool for statements that only read; on SQLite it refuses any
// other. It sees what was committed, and never waits for a writer. Close closes it.
func (s *Store) Read() *sql.DB { return s.read }

// Transact runs f in one transaction of the write pool: see [query.Transact].
func (s *Store) Transact(ctx context.Context, f func(context.Context, *sql.Tx) error) error {
	return query.Transact(ctx, s.write, f)
}

// Ping returns an error unless the database answers for its sessions, keeps what is written,
// and is still the file that was opened: SQLite goes on writing to a file that was deleted or
// replaced under it, and all of that is lost.
func (s *Store) Ping(ctx context.Context) error {
	_, err := query.One(ctx, s.read, query.Int, "SELECT COUNT(*) FROM sessions WHERE token = ''")
	if err == nil {
		err = s.database.Check()
	}
	return query.Wrap(err, "store: ping")
}

// SQLite returns what only SQLite has to tell, such as of the group commit; nil where the
// database is not SQLite, or not opened with [Open].
func (s *Store) SQLite() *sqlite.DB {
	db, _ := s.database.(*sqlite.DB)
	return db
}

// File returns the file of a SQLite database that was not opened with [Open]; nil otherwise.
func (s *Store) File() *sqlite.Pools {
	p, _ := s.database.(*sqlite.Pools)
	return p
}

// Close moves everything into the database's own file, so that it can be copied,
// and closes both pools. Stop all use of them first. Further calls
// return what the first one did.
func (s *Store) Close() error { return s.close() }
