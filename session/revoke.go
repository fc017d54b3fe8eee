package session

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// allSessions stands in ended_sessions for the token of every session that there
// was: no token column looks like it.
const allSessions = "*"

// revokedMemory is how long the token of a revoked session is remembered: as long as
// a handler runs. Its browser, unlike that of a visitor who ended the session, still
// sends the cookie, and can store nothing until this is over.
const revokedMemory = 10 * time.Second

// revokedAt returns the time to note for a session that is revoked now.
func revokedAt() time.Time { return time.Now().Add(revokedMemory - endedMemory) }

// Revoke ends the session whose token column is hash, for a program that has no
// Manager. The row is deleted, and a request of the session that is under way can
// store nothing. It returns ErrEnded if there is no such session, or the database's
// error.
func Revoke(ctx context.Context, db *sql.DB, hash string) error {
	return transact(ctx, db, func(tx *sql.Tx) error { return RevokeTx(ctx, tx, hash) })
}

// RevokeTx is Revoke inside tx: the session has ended once tx is committed. If tx also
// destroys the session of the request, and fails, ErrNotDeleted holds for both.
func RevokeTx(ctx context.Context, tx *sql.Tx, hash string) error {
	if s, inside := ctx.Value(contextKey{}).(*session); inside {
		s.ending = append(s.ending, hash)
	}
	err := deleteRow(ctx, tx, hash, revokedAt())
	if errors.Is(err, ErrConflict) {
		return ErrEnded
	}
	if err != nil {
		return fmt.Errorf("session: revoke: %w", err)
	}
	return nil
}

// Revoke is the function Revoke, counted, logged and observed. The visitor has no
// session from the next request on.
func (m *Manager) Revoke(ctx context.Context, hash string) error {
	if err := Revoke(ctx, m.db, hash); err != nil {
		return err
	}
	m.o.Log.InfoContext(ctx, "session revoked", "session", ShortID(hash))
	m.observe(&m.stats.Revoked, Event{Kind: EventDestroyed, Hash: hash})
	return nil
}

const deleteAllSQL = `DELETE FROM sessions`

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
		err = fmt.Errorf("session: revoke all: %w", err)
	}
	return n, err
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

// revokeAllPostgres prefers TRUNCATE, which takes milliseconds and locks out all others.
// They wait behind it, so it may not wait for long. The first lock stops an autovacuum
// and delays no request. Beside a long reader, such as pg_dump, and where
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
func endAll(ctx context.Context, db *sql.DB, statements ...string) (n int, err error) {
	err = transact(ctx, db, func(tx *sql.Tx) (err error) {
		for _, text := range statements {
			if n, err = affected(tx.ExecContext(ctx, text)); err != nil {
				return err
			}
		}
		return noteEnd(ctx, tx, allSessions, revokedAt(), 0)
	})
	return n, err
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
