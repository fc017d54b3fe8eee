package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"regexp"
	"time"
)

// MinRevoke is how many characters of a session's token column it takes to
// revoke it: fewer are a slip of the finger.
const MinRevoke = 6

var (
	// ErrAmbiguous reports the beginning of more than one session's token column.
	ErrAmbiguous = errors.New("store: more than one session begins like that")
	// ErrSessionID reports text that no session's token column begins with.
	ErrSessionID = errors.New("store: not the beginning of a session's token column")
)

// sessionID is the beginning of a SHA-256 in base64url, or all of it.
var sessionID = regexp.MustCompile(`^[A-Za-z0-9_-]{6,43}$`)

// Revoke ends the one session whose token column begins with id, and returns its
// row. A request of it that is under way can store nothing any more and is told
// so; the next one has no session, and starts one a few seconds later. The errors are [ErrSessionID], [ErrNotFound]
// and [ErrAmbiguous].
func (s *Store) Revoke(ctx context.Context, id string) (SessionRow, error) {
	if !sessionID.MatchString(id) {
		return SessionRow{}, fmt.Errorf("%w: %.50q", ErrSessionID, id)
	}
	tokens, err := s.tokensBeginning(ctx, id)
	switch {
	case err != nil:
		return SessionRow{}, fmt.Errorf("store: revoke: %w", err)
	case len(tokens) == 0:
		return SessionRow{}, fmt.Errorf("store: revoke: session %s: %w", id, ErrNotFound)
	case len(tokens) > 1:
		return SessionRow{}, fmt.Errorf("%w: %s", ErrAmbiguous, id)
	}
	row, err := s.SessionRow(ctx, tokens[0])
	if err == nil {
		err = s.end(ctx, row.Token)
	}
	if err != nil {
		return SessionRow{}, fmt.Errorf("store: revoke: session %s: %w", id, err)
	}
	return row, nil
}

// tokensBeginning returns at most two that begin with id. It asks for nothing
// but the token, so that the index answers; a range would depend on the order in
// which a database puts letters.
func (s *Store) tokensBeginning(ctx context.Context, id string) ([]string, error) {
	const text = "SELECT token FROM sessions WHERE substr(token, 1, $1) = $2 LIMIT 2"
	return all(ctx, s.read, scanText, text, len(id), id)
}

func scanText(rows *sql.Rows) (s string, err error) {
	return s, rows.Scan(&s)
}

// For so long a session that was revoked is known as such: as long as a handler
// runs. Its browser still sends the cookie, unlike that of a visitor who ended
// the session, and can store nothing until this is over.
const revokedMemory = 10 * time.Second

// endedMemory is how long internal/session looks back in ended_sessions.
const endedMemory = time.Minute

// endedAt is what makes ended_sessions known for just as long.
func (s *Store) endedAt() int64 { return s.now().Add(revokedMemory - endedMemory).UnixMilli() }

// end deletes a session's row and notes that it ended, which is what stops the
// requests under way: see ended_sessions in the schema.
func (s *Store) end(ctx context.Context, token string) error {
	return s.Transact(ctx, func(ctx context.Context, tx *sql.Tx) error {
		gone, err := changed(tx.ExecContext(ctx, "DELETE FROM sessions WHERE token = $1", token))
		if err != nil {
			return err
		}
		if !gone {
			return ErrNotFound
		}
		const ended = `INSERT INTO ended_sessions (token, ended_at) VALUES ($1, $2)
ON CONFLICT (token) DO UPDATE SET ended_at = excluded.ended_at`
		_, err = tx.ExecContext(ctx, ended, token, s.endedAt())
		return err
	})
}

// revokeBatch is how many sessions RevokeAll ends in one transaction: SQLite's
// write lock is then held for a few milliseconds.
const revokeBatch = 500

// RevokeAll ends every session that there is when it starts, in batches, and
// returns how many it ended. Sessions that begin meanwhile may be among them. It
// leaves the database to others for twice as long as it keeps it. progress, which
// may be nil, is told how many have ended, of how many.
func (s *Store) RevokeAll(ctx context.Context, progress func(done, total int)) (int, error) {
	total, err := one(ctx, s.read, scanInt, "SELECT COUNT(*) FROM sessions")
	if err != nil {
		return 0, fmt.Errorf("store: revoke all: %w", err)
	}
	done := 0
	for after := ""; ; {
		began := time.Now()
		last, n, err := s.endAfter(ctx, after)
		if err != nil {
			return done, fmt.Errorf("store: revoke all: %w", err)
		}
		if done += n; progress != nil {
			progress(done, max(done, total))
		}
		if last == "" {
			return done, nil
		}
		if err := pause(ctx, 2*time.Since(began)); err != nil {
			return done, fmt.Errorf("store: revoke all: %w", err)
		}
		after = last
	}
}

// endAfter ends the next batch of sessions, and returns the last one's token; ""
// where there are no more.
func (s *Store) endAfter(ctx context.Context, after string) (last string, n int, err error) {
	const next = `SELECT COALESCE(MAX(token), '') FROM (SELECT token FROM sessions WHERE token > $1 ORDER BY token LIMIT $2) AS batch`
	const remember = `INSERT INTO ended_sessions (token, ended_at)
SELECT token, $3 FROM sessions WHERE token > $1 AND token <= $2
ON CONFLICT (token) DO UPDATE SET ended_at = excluded.ended_at`
	const remove = "DELETE FROM sessions WHERE token > $1 AND token <= $2"
	err = s.Transact(ctx, func(ctx context.Context, tx *sql.Tx) error {
		last, err = one(ctx, tx, scanText, next, after, revokeBatch)
		if err != nil || last == "" {
			return err
		}
		if _, err := tx.ExecContext(ctx, remember, after, last, s.endedAt()); err != nil {
			return err
		}
		result, err := tx.ExecContext(ctx, remove, after, last)
		if err != nil {
			return err
		}
		ended, err := result.RowsAffected()
		n = int(ended)
		return err
	})
	return last, n, err
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
