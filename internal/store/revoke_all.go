package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// revokeBatch is how many sessions RevokeAll ends in one transaction: SQLite's
// write lock is then held for a few milliseconds.
const revokeBatch = 500

// RevokeAll ends every session that there is when it starts, in batches, and
// returns how many it ended. Sessions that begin meanwhile may be among them. It
// leaves the database to others for as long as it keeps it. progress, which may be
// nil, is told how many have ended, of how many.
func (s *Store) RevokeAll(ctx context.Context, progress func(done, total int)) (int, error) {
	total, err := one(ctx, s.read, scanInt, "SELECT COUNT(*) FROM sessions")
	if err != nil {
		return 0, fmt.Errorf("store: revoke all: %w", err)
	}
	done, after := 0, ""
	for {
		began, n := time.Now(), 0
		err = s.Transact(ctx, func(ctx context.Context, tx *sql.Tx) (err error) {
			after, n, err = s.endAfter(ctx, tx, after)
			return err
		})
		if err == nil && after != "" {
			done += n
			err = pause(ctx, time.Since(began))
		}
		if progress != nil {
			progress(done, max(done, total))
		}
		if err != nil {
			return done, fmt.Errorf("store: revoke all: %w", err)
		}
		if after == "" {
			return done, nil
		}
	}
}

// endAfter ends the next sessions, and returns the last one's token; "" where
// there are no more.
func (s *Store) endAfter(ctx context.Context, tx *sql.Tx, after string) (last string, n int, err error) {
	const next = `SELECT COALESCE(MAX(token), '') FROM (SELECT token FROM sessions WHERE token > $1 ORDER BY token LIMIT $2) AS batch`
	const remember = `INSERT INTO ended_sessions (token, ended_at)
SELECT token, $3 FROM sessions WHERE token > $1 AND token <= $2
ON CONFLICT (token) DO UPDATE SET ended_at = excluded.ended_at`
	const remove = "DELETE FROM sessions WHERE token > $1 AND token <= $2"
	if last, err = one(ctx, tx, scanText, next, after, revokeBatch); err != nil || last == "" {
		return "", 0, err
	}
	if _, err := tx.ExecContext(ctx, remember, after, last, s.endedAt()); err != nil {
		return "", 0, err
	}
	result, err := tx.ExecContext(ctx, remove, after, last)
	if err != nil {
		return "", 0, err
	}
	ended, err := result.RowsAffected()
	return last, int(ended), err
}

// pause waits for d, or until ctx ends.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
