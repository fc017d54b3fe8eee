package store

import (
	"context"
	"log/slog"
	"strings"
)

// Open opens the database that dsn names, brings its schema up to date, and
// checks that it keeps what it is told to keep. What begins with "postgres://"
// or "postgresql://" is the URL of a PostgreSQL database, with the parameters of
// https://pkg.go.dev/github.com/jackc/pgx/v5/pgconn#ParseConfig and
// pool_max_conns, the most connections that this process opens: 16 where it is
// not given.
//
// Any other dsn is a path, or a path after "file:"; a database in memory is
// refused, since carts and orders must survive the process. A new file is
// readable by its owner only.
//
// Open fails, with one line that says what to do, where the database cannot be
// reached, is damaged or of another kind, or was written by a newer version of
// the program. The line shows no password. The caller owns the Store and must
// Close it.
func Open(ctx context.Context, dsn string, log *slog.Logger) (*Store, error) {
	if IsPostgres(dsn) {
		return openPostgres(ctx, dsn, log)
	}
	return openSQLite(ctx, dsn, log)
}

// IsPostgres reports whether dsn names a PostgreSQL database.
func IsPostgres(dsn string) bool {
	return strings.HasPrefix(dsn, "postgres://") || strings.HasPrefix(dsn, "postgresql://")
}
