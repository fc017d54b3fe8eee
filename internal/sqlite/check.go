package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"trolley/internal/query"
	"trolley/migrations"
)

// quickCheckBytes is the largest file that is read from end to end before it is
// used. Larger ones would make the start slow; of those, only what every page needs is read.
const quickCheckBytes = 32 << 20

// prepare makes sure that the file can be worked with, on a connection of its own,
// and brings its schema up to date.
func (f *file) prepare(ctx context.Context, log *slog.Logger) (err error) {
	db := sql.OpenDB(f.connector(shopWriter))
	defer func() { err = cmp.Or(err, db.Close()) }() // the last one empties the log, and may fail for the same reason
	db.SetMaxOpenConns(1)
	// Where two processes start on a new file at once, SQLite answers "busy" to the slower
	// one without waiting for busy_timeout.
	if err := query.Retry(ctx, 5*time.Second, db.PingContext, IsBusy); err != nil {
		return err
	}
	if err := check(ctx, f.path, db); err != nil {
		return err
	}
	set := migrations.SQLite()
	// Most starts find nothing to do, and only try a write. A file that is locked can be written.
	done, err := set.IsCurrent(ctx, db)
	switch {
	case err != nil:
		return err
	case !done:
		err = f.migrate(ctx, set, log)
	default:
		if err = set.Try(ctx, db); IsBusy(err) {
			err = nil
		}
	}
	if err != nil {
		return err
	}
	return set.Check(ctx, db)
}

// migrationTimeout is how long a start waits for another process's migration.
const migrationTimeout = time.Minute

// migrate takes SQLite's write lock first: a second process waits, and then finds
// nothing to do.
func (f *file) migrate(ctx context.Context, set migrations.Set, log *slog.Logger) error {
	db := sql.OpenDB(f.connector(migrator))
	return errors.Join(set.Up(ctx, db, log), db.Close())
}

// check reads the whole of a small file and, of a larger one, what every page needs.
func check(ctx context.Context, path string, db *sql.DB) error {
	const present = `
SELECT name FROM sqlite_schema WHERE type = 'table' AND name IN ('categories', 'products')`
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	parts := []string{"1"} // the first problem of the whole file
	if info.Size() > quickCheckBytes {
		if parts, err = query.All(ctx, db, query.Text, present); err != nil {
			return err
		}
		parts = append(parts, "sqlite_schema")
	}
	for _, part := range parts {
		var found string
		if err := db.QueryRowContext(ctx, "PRAGMA quick_check("+part+")").Scan(&found); err != nil {
			return err
		}
		switch {
		case strings.HasPrefix(found, "CHECK constraint failed"), strings.HasPrefix(found, "NULL value in"):
			return fmt.Errorf("a row breaks a rule of its table: "+
				"trolley-admin verify shows it, and sqlite3 can correct it: %s", found)
		case found != "ok":
			return fmt.Errorf("%w: %s", errDamaged, strings.Join(strings.Fields(found), " "))
		}
	}
	return nil
}
