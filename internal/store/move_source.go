package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"trolley/internal/postgres"
	"trolley/internal/sqlite"
	"trolley/migrations"
)

// openSource opens the database of a shop that does not run, to read all of it.
func openSource(ctx context.Context, dsn string, log *slog.Logger) (*Store, error) {
	set, s, err := migrations.Postgres(), (*Store)(nil), error(nil)
	if IsPostgres(dsn) {
		s, err = OpenReadOnly(ctx, dsn, log)
	} else {
		var p *sqlite.Pools
		set = migrations.SQLite()
		p, err = sqlite.OpenExclusive(ctx, dsn, log)
		s, err = onFile(p, err, log)
	}
	if err != nil {
		return nil, err
	}
	err = set.Check(ctx, s.read)
	if err == nil && s.Engine() == Postgres {
		err = refuseServed(ctx, s.read)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", displayName(dsn), postgres.Explain(err)), s.Close())
	}
	return s, nil
}

// displayName is a database's name without a password.
func displayName(dsn string) string {
	if !IsPostgres(dsn) {
		return dsn
	}
	c, err := postgres.Parse(dsn)
	if err != nil {
		return "postgres://"
	}
	return c.Name()
}

// stillIdle refuses a source that a shop has begun to use since it was opened.
func stillIdle(ctx context.Context, s *Store) error {
	if s.Engine() == Postgres {
		return refuseServed(ctx, s.read)
	}
	err := s.check()
	if errors.Is(err, sqlite.ErrChanged) {
		err = sqlite.ErrInUse
	}
	return err
}
