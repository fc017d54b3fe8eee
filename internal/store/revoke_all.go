package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// allSessions stands in ended_sessions for the token of every session that was
// there: no token column looks like it. session knows it as well.
const allSessions = "*"

// RevokeAll ends every session at one moment, however many there are, and returns
// how many there were just before. Requests of theirs that are under way can store
// nothing any more and are told so. On SQLite their rows are still in the file, in a
// table that nothing reads: see [Store.RemoveRevoked].
func (s *Store) RevokeAll(ctx context.Context) (int, error) {
	n, err := s.engine.endAll(ctx, s)
	if err != nil {
		return 0, fmt.Errorf("store: revoke all: %w", err)
	}
	return n, nil
}

// remember notes that a session ended, or all of them, which is what stops the
// requests under way: see ended_sessions in the schema.
func (s *Store) remember(ctx context.Context, tx *sql.Tx, token string) error {
	const ended = `INSERT INTO ended_sessions (token, ended_at) VALUES ($1, $2)
ON CONFLICT (token) DO UPDATE SET ended_at = excluded.ended_at`
	_, err := tx.ExecContext(ctx, ended, token, s.endedAt())
	return err
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
