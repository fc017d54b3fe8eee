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

var (
	// ErrAmbiguous reports the beginning of more than one session's token column.
	ErrAmbiguous = errors.New("store: more than one session begins like that")
	// ErrSessionID reports text that no session's token column begins with.
	ErrSessionID = errors.New("store: not the beginning of a session's token column")
)

// SessionRow is a row of the sessions table.
type SessionRow struct {
	Token   string    // base64url SHA-256 of the token in the cookie
	Data    []byte    // JSON, where it is not damaged
	Expiry  float64   // Julian day, UTC: as SQLite stores it
	Expires time.Time // the same moment, to the millisecond, UTC
	Place   string    // in a list of sessions, for SessionStretch.From; no secret
}

// MinSessionID is how many characters of a session's token column [Store.FindSession]
// needs: fewer are a slip of the finger.
const MinSessionID = 6

// sessionID is the beginning of a SHA-256 in base64url, or all of it.
var sessionID = regexp.MustCompile(`^[A-Za-z0-9_-]{6,43}$`)

// FindSession returns the one session whose token column begins with id, expired or
// not. The errors are [ErrSessionID], [ErrNotFound], [ErrAmbiguous] and the
// database's.
func (s *Store) FindSession(ctx context.Context, id string) (SessionRow, error) {
	if !sessionID.MatchString(id) {
		return SessionRow{}, fmt.Errorf("%w: %.50q", ErrSessionID, id)
	}
	rows, err := s.NamedSessions(ctx, id, 2)
	switch {
	case err != nil:
		return SessionRow{}, err
	case len(rows) == 0:
		return SessionRow{}, fmt.Errorf("store: session %s: %w", id, ErrNotFound)
	case len(rows) > 1:
		return SessionRow{}, fmt.Errorf("%w: %s", ErrAmbiguous, id)
	}
	return rows[0], nil
}

const (
	maxCounted = 1_000_000 // rows that PostgreSQL counts one by one
	maxBacklog = 100_000   // expired rows, beyond that
)

// CountSessions returns how many sessions are alive, and how many rows wait for the
// purge. It reads an entry of the index for each: tens of milliseconds for a
// million. Of more rows than that PostgreSQL's statistics tell how many there are, to
// some percent, and the expired ones are counted up to a hundred thousand. Ask rarely.
// The errors are the database's.
func (s *Store) CountSessions(ctx context.Context) (alive, expired int, err error) {
	const text = `
SELECT COUNT(*) FILTER (WHERE expiry > $1), COUNT(*) FILTER (WHERE expiry <= $1)
FROM sessions`
	const backlog = `
SELECT COUNT(*) FROM (SELECT 1 FROM sessions WHERE expiry <= $1 LIMIT $2) AS waiting`
	var rows int
	counts := [2]int{}
	if s.engine == Postgres {
		rows, err = query.One(ctx, s.read, query.Int, estimateSQL)
	}
	switch now := s.engine.Expiry(s.now()); {
	case err != nil:
	case rows > maxCounted:
		counts[1], err = query.One(ctx, s.read, query.Int, backlog, now, maxBacklog)
		counts[0] = max(0, rows-counts[1])
	default:
		counts, err = query.One(ctx, s.read, func(rows *sql.Rows) (n [2]int, err error) {
			return n, rows.Scan(&n[0], &n[1])
		}, text, now)
	}
	return counts[0], counts[1], query.Wrap(err, "store: count sessions")
}

// IsEstimate reports whether CountSessions, which returned these numbers, had them from
// statistics.
func (s *Store) IsEstimate(alive, expired int) bool {
	return s.engine == Postgres && alive+expired > maxCounted
}

// estimateSQL returns about how many rows sessions has, with its partitions. The number
// of live rows follows every change, and is 0 after a crash until the next vacuum.
const estimateSQL = `
SELECT COALESCE(SUM(COALESCE(NULLIF(pg_stat_get_live_tuples(c.oid), 0), GREATEST(c.reltuples, 0)::BIGINT)), 0)::BIGINT
FROM pg_class c LEFT JOIN pg_inherits i ON i.inhrelid = c.oid
WHERE c.relkind = 'r' AND 'sessions'::regclass IN (c.oid, i.inhparent)`
