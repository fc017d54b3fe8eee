// Package store holds all SQL of the shop: opening and migrating the database,
// the catalogue, the orders, and the sessions table as operators see it. It
// runs on SQLite and on PostgreSQL: [Open] tells by the name of the database.
// One SQL text serves both; what differs is behind the interface engine.
//
// Errors wrap those of the driver. Compare with errors.Is against [ErrNotFound]
// and [ErrAlreadyPlaced], with errors.As against [*StaleError], and ask
// [IsUnavailable] and [IsConflict] about the rest.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"trolley/internal/cart"
)

// Store is an open database. It is safe for concurrent use.
type Store struct {
	write, read *sql.DB
	engine      engine
	log         *slog.Logger
	now         func() time.Time
	newNumber   func() cart.OrderNumber
	close       func() error
	looked      func(rows int) // tells how Verify gets on; may be nil
}

// Engine is a kind of database.
type Engine string

// The engines. Each has its folder of migrations, of the same name.
const (
	SQLite   Engine = "sqlite"
	Postgres Engine = "postgres" // and what speaks its protocol
)

// engine is what differs between kinds of database once they are open.
type engine interface {
	kind() Engine
	// expiry returns t as the column sessions.expiry holds it.
	expiry(t time.Time) any
	// byCodePoint returns a column such that it sorts by code point, and such
	// that lower() changes A to Z alone, whatever the locale of the database.
	byCodePoint(column string) string
	// check reports why the open database is no longer the one on disk, or nil.
	check() error
	// settle leaves everything that was committed in the database's own file.
	settle(ctx context.Context, write *sql.DB) error
	// release lets go of what it holds beside the pools, which are closed.
	release() error
}

func newStore(write, read *sql.DB, e engine, log *slog.Logger) *Store {
	s := &Store{
		write: write, read: read, engine: e, log: log,
		now: time.Now, newNumber: cart.NewOrderNumber,
	}
	s.close = sync.OnceValue(s.shutdown)
	return s
}

// Engine returns the kind of the database.
func (s *Store) Engine() Engine { return s.engine.kind() }

// Write returns the pool for statements that change something. On SQLite one
// connection runs them all, in groups, and a transaction has it for itself: who
// holds one must not use this pool beside it. On PostgreSQL it is the same pool
// as that of Read. Close closes it.
func (s *Store) Write() *sql.DB { return s.write }

// Read returns the pool for statements that only read; on SQLite it refuses any
// other. It sees what was committed, and never waits for a writer. Close closes it.
func (s *Store) Read() *sql.DB { return s.read }

// Stamp tells whether the row of a session has changed, for session.Options.Stamp;
// nil on an engine that cannot tell, where every request reads the row.
func (s *Store) Stamp() func(token string) (stamp uint64, ok bool) {
	f, ok := s.engine.(*sqliteFile)
	if !ok || f.stamps == nil {
		return nil
	}
	return f.stamps.stamp
}

// Ping reports whether the database answers, and is still the file that was
// opened: SQLite goes on writing to a file that was deleted or replaced under
// it, and all of that is lost.
func (s *Store) Ping(ctx context.Context) error {
	if _, err := one(ctx, s.read, scanInt, "SELECT 1"); err != nil {
		return fmt.Errorf("store: ping: %w", err)
	}
	return s.engine.check()
}

// settleWithin bounds how long Close waits for the last checkpoint.
const settleWithin = 10 * time.Second

// Close moves everything into the database's own file, so that it can be copied
// as it is, and closes both pools. Stop all use of them first. Further calls
// return what the first one did.
func (s *Store) Close() error { return s.close() }

func (s *Store) shutdown() error {
	ctx, cancel := context.WithTimeout(context.Background(), settleWithin)
	defer cancel()
	// Readers first: an open reader keeps the write-ahead log from being emptied.
	err := s.read.Close()
	if failed := s.engine.check(); !errors.Is(failed, ErrLost) && !errors.Is(failed, ErrNotSynced) {
		err = errors.Join(err, s.engine.settle(ctx, s.write))
	}
	err = errors.Join(err, s.write.Close(), s.engine.release())
	if err != nil {
		return fmt.Errorf("store: close: %w", err)
	}
	return nil
}
