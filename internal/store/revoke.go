package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"regexp"
	"time"
	"trolley/internal/query"
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
	return query.All(ctx, s.read, query.Text, text, len(id), id)
}

// For so long a session that was revoked is known as such: as long as a handler
// runs. Its browser still sends the cookie, unlike that of a visitor who ended
// the session, and can store nothing until this is over.
const revokedMemory = 10 * time.Second

// endedMemory is how long session looks back in ended_sessions.
const endedMemory = time.Minute

// endedAt is what makes ended_sessions known for just as long.
func (s *Store) endedAt() int64 { return s.now().Add(revokedMemory - endedMemory).UnixMilli() }

// end deletes a session's row and notes that it ended.
func (s *Store) end(ctx context.Context, token string) error {
	return s.Transact(ctx, func(ctx context.Context, tx *sql.Tx) error {
		gone, err := query.Changed(tx.ExecContext(ctx, "DELETE FROM sessions WHERE token = $1", token))
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
