package store

import (
	"context"
	"errors"
	"log/slog"
	"strings"
)

// Open opens the database that dsn names, brings its schema up to date, and
// checks that it keeps what it is told to keep. dsn is a path, or a path after
// "file:"; a database in memory is refused, since carts and orders must survive
// the process. A new file is readable by its owner only.
//
// Open fails, with one line that says what to do, where the file is damaged, is
// no SQLite database, or was written by a newer version of the program. The
// caller owns the Store and must Close it.
func Open(ctx context.Context, dsn string, log *slog.Logger) (*Store, error) {
	if strings.HasPrefix(dsn, "postgres://") || strings.HasPrefix(dsn, "postgresql://") {
		return nil, errors.New("store: open: PostgreSQL is not supported by this build yet")
	}
	return openSQLite(ctx, dsn, log)
}
