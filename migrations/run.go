package migrations

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"slices"
	"strings"
	"time"
)

// Querier is a pool or a transaction.
type Querier interface {
	QueryRowContext(ctx context.Context, text string, args ...any) *sql.Row
}

// Version returns the version of the schema of db. A database that has none is
// not a shop's, which is an error.
func Version(ctx context.Context, db Querier) (n int, err error) {
	const version = `SELECT COALESCE(MAX(version_id), 0) FROM goose_db_version`
	if err := db.QueryRowContext(ctx, version).Scan(&n); err != nil {
		return 0, fmt.Errorf("it has no schema of a shop: %w", err)
	}
	return n, nil
}

// Missing returns how many versions the schema of db is older than this program.
// A newer one is an error, and so is a database without a schema.
func (s Set) Missing(ctx context.Context, db Querier) (int, error) {
	n, err := Version(ctx, db)
	if err == nil && n > s.Newest() {
		err = fmt.Errorf("its schema has version %d and this program knows versions up to %d: use the newer program, "+
			"or restore the backup from before the upgrade", n, s.Newest())
	}
	return s.Newest() - n, err
}

// IsCurrent reports whether db needs no migration. A newer schema is an error: an
// old program would break rules that it does not know.
func (s Set) IsCurrent(ctx context.Context, db Querier) (bool, error) {
	var tables int
	if err := db.QueryRowContext(ctx, s.exists).Scan(&tables); err != nil || tables == 0 {
		return false, err
	}
	missing, err := s.Missing(ctx, db)
	return err == nil && missing == 0, err
}

// ErrMoving refuses a database into which the move of a shop is not complete.
var ErrMoving = errors.New("a move into it is not complete: run trolley-admin move again, or name another database")

// Check returns an error unless db has the schema of this program and all of a
// shop: to write to another one might break rules that this program does not know.
func (s Set) Check(ctx context.Context, db Querier) error {
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

// Try tries the write that every visitor makes, and undoes it: a trigger, or a right that
// is missing, may refuse it. It returns the database's error.
func (s Set) Try(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	return s.tryWrite(ctx, tx)
}

func (s Set) tryWrite(ctx context.Context, tx *sql.Tx) error {
	if _, err := tx.ExecContext(ctx, s.try); err != nil {
		return fmt.Errorf("a session cannot be written: %w", err)
	}
	return nil
}

// Up runs the migrations that db lacks, and tries a write as [Set.Try] does, in one
// transaction: all of them are done, or none. It decides inside the transaction; where
// that does not keep out others, the caller must. An error names the file that failed.
func (s Set) Up(ctx context.Context, db *sql.DB, log *slog.Logger) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	defer tx.Rollback()
	missing, err := s.begin(ctx, tx)
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	took := map[string]time.Duration{}
	for _, name := range missing {
		began := time.Now()
		if err := s.run(ctx, tx, name); err != nil {
			return fmt.Errorf("migrate: %s: %w", name, err)
		}
		took[name] = time.Since(began)
	}
	if err := s.tryWrite(ctx, tx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("migrate: commit: %w", err)
	}
	for _, name := range missing {
		log.Info("database migrated", "version", number(name), "file", name, "took", took[name])
	}
	return nil
}

// begin returns the files to run, and makes the table of versions where there is
// none.
func (s Set) begin(ctx context.Context, tx *sql.Tx) ([]string, error) {
	if _, err := tx.ExecContext(ctx, s.create); err != nil {
		return nil, err
	}
	missing, err := s.Missing(ctx, tx)
	done := func(name string) bool { return number(name) <= s.Newest()-missing }
	return slices.DeleteFunc(s.names(), done), err
}

func (s Set) run(ctx context.Context, tx *sql.Tx, name string) error {
	const done = `INSERT INTO goose_db_version (version_id, is_applied) VALUES ($1, TRUE)`
	text, err := fs.ReadFile(s.Files, name)
	if err != nil {
		return err
	}
	up, _, _ := strings.Cut(string(text), "-- +goose Down")
	if _, err := tx.ExecContext(ctx, up); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, done, number(name))
	return err
}
