package store

import (
	"context"
	"fmt"
	"log/slog"

	"trolley/internal/postgres"
	"trolley/internal/sqlite"
)

// Open opens the database that dsn names, brings its schema up to date, and
// checks that it keeps what it is told to keep. What begins with "postgres://"
// or "postgresql://" is the URL of a PostgreSQL database: see [postgres.Open].
//
// Any other dsn is a path, or a path after "file:"; a database in memory is
// refused, since carts and orders must survive the process. A new file is
// readable by its owner only.
//
// Open fails, with one line that says what to do, where the database cannot be
// reached, is damaged or of another kind, or was written by a newer version of
// the program. The line shows no password. The caller must Close the Store.
func Open(ctx context.Context, dsn string, log *slog.Logger) (*Store, error) {
	if IsPostgres(dsn) {
		db, err := postgres.Open(ctx, dsn, log)
		if err != nil {
			return nil, fmt.Errorf("store: %w", err)
		}
		return newStore(Postgres, db.Write, db.Read, db).warm(ctx), nil
	}
	db, err := sqlite.Open(ctx, dsn, log)
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	return newStore(SQLite, db.Write, db.Read, db).warm(ctx), nil
}

// warm begins to read a large catalogue, so that the first list of products waits less. What
// fails here is read again for that list.
func (s *Store) warm(ctx context.Context) *Store {
	if small, err := s.readListing(ctx, smallListing); err == nil && len(small.products) == smallListing {
		s.readAll(ctx)
	}
	return s
}

// IsPostgres reports whether dsn names a PostgreSQL database.
func IsPostgres(dsn string) bool { return postgres.IsURL(dsn) }

// CheckName returns why dsn names no database that [Open] could open, in one line
// without a password, or nil. It opens nothing.
func CheckName(dsn string) error {
	if IsPostgres(dsn) {
		return nil // postgres.Open says it before it connects
	}
	return sqlite.CheckName(dsn)
}

// OpenReadOnly opens a database that is there, also one that a shop is using, and
// changes nothing about it: see [sqlite.OpenReadOnly] and [postgres.OpenReadOnly].
// [Store.Ping] returns [sqlite.ErrChanged] once a file that nothing used is used. The
// caller must Close the Store.
func OpenReadOnly(ctx context.Context, dsn string, log *slog.Logger) (*Store, error) {
	return open(ctx, dsn, log, sqlite.OpenReadOnly, postgres.OpenReadOnly)
}

// OpenExisting opens a database that is there, also one that a shop is using, to
// change something in it: see [sqlite.OpenExisting] and [postgres.OpenExisting]. The
// caller must Close the Store.
func OpenExisting(ctx context.Context, dsn string, log *slog.Logger) (*Store, error) {
	return open(ctx, dsn, log, sqlite.OpenExisting, postgres.OpenExisting)
}

func open(ctx context.Context, dsn string, log *slog.Logger,
	file func(context.Context, string, *slog.Logger) (*sqlite.Pools, error),
	server func(context.Context, string) (*postgres.DB, error)) (*Store, error) {
	if IsPostgres(dsn) {
		db, err := server(ctx, dsn)
		if err != nil {
			return nil, fmt.Errorf("store: %w", err)
		}
		return newStore(Postgres, db.Write, db.Read, db), nil
	}
	p, err := file(ctx, dsn, log)
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	return newStore(SQLite, p.Write, p.Read, p), nil
}
