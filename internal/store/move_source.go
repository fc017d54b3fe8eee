package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/pressly/goose/v3"
)

// openSource opens the database of a shop that does not run, to read all of it.
func openSource(ctx context.Context, dsn string, log *slog.Logger) (*Store, error) {
	dialect := goose.DialectPostgres
	if !IsPostgres(dsn) {
		dialect = goose.DialectSQLite3
		if err := claimSQLite(ctx, dsn); err != nil {
			return nil, err
		}
	}
	s, err := OpenReadOnly(ctx, dsn, log)
	if err != nil {
		return nil, err
	}
	err = ownShop(ctx, s.read, dialect)
	if err == nil && s.Engine() == Postgres {
		err = refuseServed(ctx, s.read)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", displayName(dsn), oneLine{err}), s.Close())
	}
	return s, nil
}

// displayName is a database's name without a password.
func displayName(dsn string) string {
	if !IsPostgres(dsn) {
		return dsn
	}
	c, err := parsePostgres(dsn)
	if err != nil {
		return "postgres://"
	}
	return c.name()
}

// stillIdle refuses a source that a shop has begun to use since it was opened.
func stillIdle(ctx context.Context, s *Store) error {
	if s.Engine() == Postgres {
		return refuseServed(ctx, s.read)
	}
	err := s.engine.check()
	if errors.Is(err, ErrChanged) {
		err = errServed
	}
	return err
}
