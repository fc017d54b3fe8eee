package move

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"trolley/internal/postgres"
	"trolley/internal/query"
	"trolley/internal/sqlite"
	"trolley/internal/verify"
	"trolley/migrations"
)

// source is the database of a shop that does not run.
type source struct {
	verify.Database
	name  string // without a password
	Close func() error
}

// openSource opens a source, to read all of it.
func openSource(ctx context.Context, dsn string, log *slog.Logger) (s source, err error) {
	set := migrations.SQLite()
	s.name = dsn
	if postgres.IsURL(dsn) {
		set = migrations.Postgres()
		var db *postgres.DB
		if db, err = postgres.OpenReadOnly(ctx, dsn); err == nil {
			s.name, s.DB, s.Close = db.Name, db.Read, db.Close
		}
	} else if s.File, err = sqlite.OpenExclusive(ctx, dsn, log); err == nil {
		s.DB, s.Close = s.File.Read, s.File.Close
	}
	if err != nil {
		return s, err
	}
	if err = set.Check(ctx, s.DB); err == nil {
		err = s.idle(ctx)
	}
	if err != nil {
		err = errors.Join(fmt.Errorf("%s: %w", s.name, postgres.Explain(err)), s.Close())
	}
	return s, err
}

// idle returns [sqlite.ErrInUse] once a shop uses the source.
func (s source) idle(ctx context.Context) error {
	if s.File == nil {
		return refuseServed(ctx, s.DB)
	}
	err := s.File.Check()
	if errors.Is(err, sqlite.ErrChanged) {
		err = sqlite.ErrInUse
	}
	return err
}

// leaveWithin is how long a connection may be listed after its program has ended.
const leaveWithin = 2 * time.Second

// refuseServed refuses a database on a server that a shop is using.
func refuseServed(ctx context.Context, q query.Querier) error {
	for began := time.Now(); ; {
		n, err := postgres.Serving(ctx, q)
		switch {
		case err != nil:
			return err
		case n == 0:
			return nil
		case time.Since(began) > leaveWithin:
			return sqlite.ErrInUse
		}
		if err := query.Pause(ctx, leaveWithin/20); err != nil {
			return err
		}
	}
}
