package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"trolley/internal/query"
	"trolley/migrations"
)

// migrationTimeout is how long a start waits for another node's migration.
const migrationTimeout = time.Minute

func (c *Config) migrate(ctx context.Context, log *slog.Logger) (err error) {
	db := c.adminPool(appName)
	defer func() { err = errors.Join(err, db.Close()) }()
	// Most starts find nothing to do and take no lock.
	if done, err := migrations.Postgres().IsCurrent(ctx, db); done || err != nil {
		return err
	}
	set := migrations.Postgres()
	set.Try = tryWrite
	return Exclusively(ctx, db, func() error { return set.Up(ctx, db, log) })
}

// Exclusively runs f while no other process runs one on the database of db, which
// is an [Config.AdminPool]. The lock is that of a row: unlike an advisory lock, every
// database that speaks the protocol has it, and a proxy cannot lose it. It ends with
// its connection, so a node that dies leaves none.
func Exclusively(ctx context.Context, db *sql.DB, f func() error) error {
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
	const table = `CREATE TABLE IF NOT EXISTS migration_lock (id INTEGER PRIMARY KEY, CHECK (id = 1))`
	const row = `INSERT INTO migration_lock (id) VALUES (1) ON CONFLICT DO NOTHING`
	const tries, pause = 10, 50 * time.Millisecond
	for n := 1; ; n++ {
		_, err := db.ExecContext(ctx, table)
		if err == nil {
			_, err = db.ExecContext(ctx, row)
		}
		if err == nil || n == tries || state(err) == "" {
			return err
		}
		if err := query.Pause(ctx, pause); err != nil {
			return err
		}
	}
}
