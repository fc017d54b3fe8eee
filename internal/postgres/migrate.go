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

// migrate brings the schema up to date. Most starts find nothing to do and take no lock.
// Either way a write is tried.
func (c *config) migrate(ctx context.Context, db *DB, log *slog.Logger) error {
	set := migrations.Postgres()
	if done, err := set.IsCurrent(ctx, db.Read); err != nil {
		return err
	} else if done {
		return set.Try(ctx, db.Write)
	}
	admin := c.admin(appName)
	err := Exclusively(ctx, admin.Write, func() error { return set.Up(ctx, admin.Write, log) })
	return errors.Join(err, admin.Close())
}

// Exclusively runs f while no other process runs one on the database of db, which
// [OpenAny] has opened. The lock is that of a row: unlike an advisory lock, every
// database that speaks the protocol has it, and a proxy cannot lose it. It ends with
// its connection, so a node that dies leaves none. The table of the row stays where f
// succeeds.
func Exclusively(ctx context.Context, db *sql.DB, f func() error) error {
	tx, err := lock(ctx, db)
	if err != nil {
		return fmt.Errorf("migrate: wait for another process that migrates, or moves: %w", err)
	}
	defer tx.Rollback()
	if err := f(); err != nil {
		return err
	}
	return query.Wrap(tx.Commit(), "migrate")
}

// lock returns a transaction that holds the lock. IF NOT EXISTS does not help two that
// make the table at once: the second waits for the first to end, gets an error of one
// of several kinds, and finds the table, or none, when it tries again.
func lock(ctx context.Context, db *sql.DB) (*sql.Tx, error) {
	const tries, pause = 10, 50 * time.Millisecond
	const text = `
CREATE TABLE IF NOT EXISTS migration_lock (id INTEGER PRIMARY KEY, CHECK (id = 1));
INSERT INTO migration_lock (id) VALUES (1) ON CONFLICT DO NOTHING;
SELECT id FROM migration_lock WHERE id = 1 FOR UPDATE`
	for n := 1; ; n++ {
		tx, err := db.BeginTx(ctx, nil)
		if err != nil {
			return nil, err
		}
		if _, err = tx.ExecContext(ctx, text); err == nil {
			return tx, nil
		}
		_ = tx.Rollback()
		if n == tries || state(err) == "" {
			return nil, err
		}
		if err := query.Pause(ctx, pause); err != nil {
			return nil, err
		}
	}
}
