package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"trolley/migrations"
)

func migratePostgres(ctx context.Context, c *postgresConfig, log *slog.Logger) (err error) {
	files, err := fs.Sub(migrations.FS, "postgres")
	if err != nil {
		return err
	}
	db := c.migrationPool()
	defer func() { err = errors.Join(err, db.Close()) }()
	p, err := migrator(goose.DialectPostgres, db, files)
	if err != nil {
		return err
	}
	// Most starts find nothing to do and take no lock.
	if done, err := postgresIsCurrent(ctx, db, newest(p)); done || err != nil {
		return err
	}
	return postgresAlone(ctx, db, func() error { return migrateUp(ctx, db, p, log) })
}

// migrateUp runs while no other node migrates.
func migrateUp(ctx context.Context, db *sql.DB, p *goose.Provider, log *slog.Logger) error {
	if done, err := postgresIsCurrent(ctx, db, newest(p)); done || err != nil {
		return err
	}
	results, err := p.Up(ctx)
	logMigrations(log, results)
	if err != nil {
		return failedMigration(err)
	}
	return nil
}

// migrationPool returns a pool for a migration, which may take long: one
// connection works while another holds the lock.
func (c *postgresConfig) migrationPool() *sql.DB {
	conn := c.conn.Copy()
	conn.RuntimeParams["statement_timeout"] = "0"
	conn.RuntimeParams["idle_in_transaction_session_timeout"] = "0"
	conn.RuntimeParams["lock_timeout"] = strconv.FormatInt(migrationTimeout.Milliseconds(), 10)
	db := stdlib.OpenDB(*conn)
	db.SetMaxOpenConns(2)
	return db
}

// postgresAlone runs f while no other node runs one. The lock is that of a row:
// unlike an advisory lock, every database that speaks the protocol has it, and a
// proxy cannot lose it. It ends with its connection, so a node that dies leaves none.
func postgresAlone(ctx context.Context, db *sql.DB, f func() error) error {
	if err := prepareLock(ctx, db); err != nil {
		return fmt.Errorf("migrate: lock table: %w", err)
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	defer tx.Rollback()
	var id int
	if err := tx.QueryRowContext(ctx, "SELECT id FROM migration_lock WHERE id = 1 FOR UPDATE").Scan(&id); err != nil {
		return fmt.Errorf("migrate: wait for another process that migrates, or moves: %w", err)
	}
	return f()
}

// prepareLock makes the table whose one row is locked. IF NOT EXISTS does not
// help two that make it at once: all but one of them get an error, of one of
// several kinds, and find it when they try again.
func prepareLock(ctx context.Context, db *sql.DB) error {
	const table = "CREATE TABLE IF NOT EXISTS migration_lock (id INTEGER PRIMARY KEY, CHECK (id = 1))"
	const row = "INSERT INTO migration_lock (id) VALUES (1) ON CONFLICT DO NOTHING"
	const tries, pause = 10, 50 * time.Millisecond
	for n := 1; ; n++ {
		_, err := db.ExecContext(ctx, table)
		if err == nil {
			_, err = db.ExecContext(ctx, row)
		}
		if err == nil || n == tries || sqlState(err) == "" {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
}

func postgresIsCurrent(ctx context.Context, db *sql.DB, newest int64) (bool, error) {
	const table = "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = current_schema() AND table_name = '" + goose.DefaultTablename + "'"
	const version = "SELECT COALESCE(MAX(version_id), 0) FROM " + goose.DefaultTablename
	tables, err := one(ctx, db, scanInt, table)
	if err != nil || tables == 0 {
		return false, err
	}
	current, err := one(ctx, db, scanInt, version)
	if err != nil {
		return false, err
	}
	return isCurrent(int64(current), newest)
}
