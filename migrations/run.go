package migrations

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path"

	"github.com/pressly/goose/v3"
)

// Set is the migrations of one engine.
type Set struct {
	dialect goose.Dialect
	Files   fs.FS
	exists  string // SQL that counts the tables of the name $1
}

// SQLite returns the migrations of SQLite.
func SQLite() Set {
	return Set{goose.DialectSQLite3, folder("sqlite"), `
SELECT COUNT(*) FROM sqlite_schema WHERE type = 'table' AND name = $1`}
}

// Postgres returns the migrations of PostgreSQL.
func Postgres() Set {
	return Set{goose.DialectPostgres, folder("postgres"), `
SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = current_schema() AND table_name = $1`}
}

func folder(name string) fs.FS {
	files, err := fs.Sub(FS, name)
	if err != nil {
		panic(err) // a name that fs.Sub refuses, which these are not
	}
	return files
}

// Newest returns the version that the last migration leads to.
func (s Set) Newest() int {
	newest := int64(0)
	names, _ := fs.Glob(s.Files, "*.sql") // fails on a malformed pattern only
	for _, name := range names {
		if n, err := goose.NumericComponent(name); err == nil {
			newest = max(newest, n)
		}
	}
	return int(newest)
}

// Version returns the version of the schema of db. A database that has none is
// not a shop's, which is an error.
func Version(ctx context.Context, db *sql.DB) (n int, err error) {
	const version = `SELECT COALESCE(MAX(version_id), 0) FROM ` + goose.DefaultTablename
	if err := db.QueryRowContext(ctx, version).Scan(&n); err != nil {
		return 0, fmt.Errorf("it has no schema of a shop: %w", err)
	}
	return n, nil
}

// Missing returns how many versions the schema of db is older than this program.
// A newer one is an error, and so is a database without a schema.
func (s Set) Missing(ctx context.Context, db *sql.DB) (int, error) {
	n, err := Version(ctx, db)
	if err == nil && n > s.Newest() {
		err = fmt.Errorf("its schema has version %d and this program knows versions up to %d: use the newer program, "+
			"or restore the backup from before the upgrade", n, s.Newest())
	}
	return s.Newest() - n, err
}

// IsCurrent reports whether db needs no migration. A newer schema is an error: an
// old program would break rules that it does not know.
func (s Set) IsCurrent(ctx context.Context, db *sql.DB) (bool, error) {
	var tables int
	if err := db.QueryRowContext(ctx, s.exists, goose.DefaultTablename).Scan(&tables); err != nil || tables == 0 {
		return false, err
	}
	missing, err := s.Missing(ctx, db)
	return missing == 0, err
}

// ErrMoving refuses a database into which the move of a shop is not complete.
var ErrMoving = errors.New("a move into it is not complete: run trolley-admin move again, or name another database")

// Check returns an error unless db has the schema of this program and all of a
// shop: to write to another one might break rules that this program does not know.
func (s Set) Check(ctx context.Context, db *sql.DB) error {
	missing, err := s.Missing(ctx, db)
	if err == nil && missing > 0 {
		err = fmt.Errorf("its schema is %d versions older than this program's: "+
			"use the trolley-admin that came with the shop's own program", missing)
	}
	var moving bool
	if err == nil {
		err = db.QueryRowContext(ctx, "SELECT moving FROM shop").Scan(&moving)
	}
	if moving {
		err = ErrMoving
	}
	return err
}

// Up runs the migrations that db lacks. No other process may do so meanwhile. An
// error names the file that failed.
func (s Set) Up(ctx context.Context, db *sql.DB, log *slog.Logger) error {
	if done, err := s.IsCurrent(ctx, db); done || err != nil {
		return err
	}
	p, err := goose.NewProvider(s.dialect, db, s.Files,
		goose.WithLogger(goose.NopLogger()), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return err
	}
	results, err := p.Up(ctx)
	for _, r := range results {
		log.Info("database migrated", "version", r.Source.Version, "file", path.Base(r.Source.Path), "took", r.Duration)
	}
	if partial, ok := errors.AsType[*goose.PartialError](err); ok && partial.Failed != nil {
		return fmt.Errorf("migrate: %s: %w", path.Base(partial.Failed.Source.Path), partial.Err)
	}
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}
