package session

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

const (
	deleteAllSQL = `DELETE FROM sessions`

	// endedAllSQL notes that every session there was has ended: see wasEndedSQL.
	endedAllSQL = `INSERT INTO ended_sessions (token, ended_at) VALUES ('*', $1)
		ON CONFLICT (token) DO UPDATE SET ended_at = excluded.ended_at`
)

// RevokeAll ends every session in one transaction and returns how many there were,
// on PostgreSQL an estimate where counting takes over a second. A request under way
// stores nothing any more and gets ErrConflict. The errors are the database's.
//
// On SQLite, db must not be the pool that writes for a Manager: where a connection
// has a hook, or the table a trigger or a foreign key to it, rows are deleted one by
// one, and a million of them take a minute instead of a second.
func RevokeAll(ctx context.Context, db *sql.DB, engine Engine) (int, error) {
	revoke := revokeAllSQLite
	if engine == Postgres {
		revoke = revokeAllPostgres
	}
	n, err := revoke(ctx, db)
	if err != nil {
		return 0, fmt.Errorf("session: revoke all: %w", err)
	}
	return n, nil
}

// revokeAllSQLite uses that a DELETE without WHERE frees all pages at once, unless
// it has to overwrite them: https://www.sqlite.org/lang_delete.html#the_truncate_optimization
func revokeAllSQLite(ctx context.Context, db *sql.DB) (n int, err error) {
	// It reads the pages from the disk before any writer has to wait for that.
	const read = `SELECT COUNT(*) FROM sessions NOT INDEXED`
	if err := db.QueryRowContext(ctx, read).Scan(&n); err != nil {
		return 0, err
	}
	return endAll(ctx, db, `PRAGMA secure_delete = OFF`, deleteAllSQL)
}

// revokeAllPostgres prefers TRUNCATE, which takes milliseconds and gets the table for
// itself. All others wait behind it, hence not for long; the first lock stops an
// autovacuum and holds up nobody. Beside a long reader, such as pg_dump, and where
// the right to truncate is missing, it deletes the rows.
func revokeAllPostgres(ctx context.Context, db *sql.DB) (int, error) {
	n, err := countSoon(ctx, db)
	if err != nil {
		return 0, err
	}
	_, err = endAll(ctx, db,
		`SET LOCAL lock_timeout = '2s'`, `LOCK TABLE sessions IN SHARE UPDATE EXCLUSIVE MODE`,
		`SET LOCAL lock_timeout = '500ms'`, `TRUNCATE TABLE sessions`)
	if err == nil || ctx.Err() != nil {
		return n, err
	}
	// The lock keeps out a renewal, whose new row the DELETE would not see.
	return endAll(ctx, db, `LOCK TABLE sessions IN SHARE ROW EXCLUSIVE MODE`, deleteAllSQL)
}

// endAll runs the statements, of which the last one deletes the sessions, and
// returns how many rows that were.
func endAll(ctx context.Context, db *sql.DB, statements ...string) (int, error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return 0, err
	}
	defer tx.Rollback()
	var deleted sql.Result
	for _, text := range statements {
		if deleted, err = tx.ExecContext(ctx, text); err != nil {
			return 0, err
		}
	}
	if _, err := tx.ExecContext(ctx, endedAllSQL, time.Now().Add(revokedMemory-endedMemory).UnixMilli()); err != nil {
		return 0, err
	}
	if err := tx.Commit(); err != nil {
		return 0, err
	}
	n, err := deleted.RowsAffected()
	return int(n), err
}

// countSoon counts the sessions, or asks the server for its estimate where that takes
// over a second: sessions that have to end must not wait to be counted.
func countSoon(ctx context.Context, db *sql.DB) (n int, err error) {
	soon, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	err = db.QueryRowContext(soon, `SELECT COUNT(*) FROM sessions`).Scan(&n)
	if errors.Is(soon.Err(), context.DeadlineExceeded) && ctx.Err() == nil {
		const estimate = `SELECT CAST(GREATEST(reltuples, 0) AS BIGINT) FROM pg_class WHERE oid = 'sessions'::regclass`
		err = db.QueryRowContext(ctx, estimate).Scan(&n)
	}
	return n, err
}
