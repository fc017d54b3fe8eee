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
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"trolley/groupcommit"
	"trolley/internal/cart"
	"trolley/internal/postgres"
	"trolley/internal/query"
	"trolley/internal/sqlite"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/singleflight"
)

// Store is an open database. It is safe for concurrent use.
type Store struct {
	write, read *sql.DB
	sqlite      *sqlite.Pools // nil on PostgreSQL
	shop        *sqlite.DB    // nil where the database is not SQLite, or not opened with Open
	server      *postgres.DB  // nil where the database is not PostgreSQL, or not opened with Open
	log         *slog.Logger
	now         func() time.Time
	newNumber   func() cart.OrderNumber
	close       func() error

	listed  atomic.Pointer[listing] // nil where the catalogue is small
	reading singleflight.Group      // of listed
}

// Engine is a kind of database.
type Engine string

// The engines.
const (
	SQLite   Engine = "sqlite"
	Postgres Engine = "postgres" // and what speaks its protocol
)

func newStore(write, read *sql.DB, close func() error, log *slog.Logger) *Store {
	s := &Store{write: write, read: read, log: log, now: time.Now, newNumber: cart.NewOrderNumber}
	s.close = sync.OnceValue(func() error {
		if err := close(); err != nil {
			return fmt.Errorf("store: close: %w", err)
		}
		return nil
	})
	return s
}

// Engine returns the kind of the database.
func (s *Store) Engine() Engine {
	if s.sqlite != nil {
		return SQLite
	}
	return Postgres
}

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

// Ping returns an error unless the database answers, keeps what is written, and is
// still the file that was opened: SQLite goes on writing to a file that was deleted or
// replaced under it, and all of that is lost.
func (s *Store) Ping(ctx context.Context) error {
	_, err := query.One(ctx, s.read, query.Int, "SELECT 1")
	if err == nil {
		err = s.check()
	}
	if err != nil {
		return fmt.Errorf("store: ping: %w", err)
	}
	return nil
}

// check returns why the open database is no longer the one on disk, or keeps nothing
// that is written now, or nil.
func (s *Store) check() error {
	switch {
	case s.shop != nil:
		return s.shop.Check()
	case s.sqlite != nil:
		return s.sqlite.Check()
	case s.server != nil:
		return s.server.Check()
	}
	return nil
}

// Watch returns an error when the database is lost or its disk fails, after which
// every write fails, and nil when ctx ends. End the program upon an error: it can
// only go on with a database that is opened anew.
func (s *Store) Watch(ctx context.Context) error {
	if s.shop == nil {
		<-ctx.Done()
		return nil
	}
	return s.shop.Watch(ctx)
}

// SessionCache returns a new cache for session.Options.Cache, nil where the database
// cannot tell the version of a row.
func (s *Store) SessionCache() *sqlite.SessionCache {
	if s.shop == nil {
		return nil
	}
	return s.shop.SessionCache()
}

// Groups returns what the group commit has done since the start; false on an
// engine that groups its commits by itself.
func (s *Store) Groups() (groupcommit.Stats, bool) {
	if s.shop == nil {
		return groupcommit.Stats{}, false
	}
	return s.shop.Groups(), true
}

// Commits returns histograms of how many statements share a commit and of how long
// the COMMIT takes; false on an engine that groups its commits by itself.
func (s *Store) Commits() (size, took prometheus.Histogram, ok bool) {
	if s.shop == nil {
		return nil, nil, false
	}
	size, took = s.shop.Commits()
	return size, took, true
}

// WALBytes returns the size of SQLite's write-ahead log; false where there is none.
func (s *Store) WALBytes() (int64, bool) {
	if s.shop == nil {
		return 0, false
	}
	return s.shop.WALBytes()
}

// Close moves everything into the database's own file, so that it can be copied
// as it is, and closes both pools. Stop all use of them first. Further calls
// return what the first one did.
func (s *Store) Close() error { return s.close() }
