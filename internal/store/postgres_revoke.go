package store

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// What RevokeAll asks of PostgreSQL's patience, and of the shop's.
const (
	countWithin   = time.Second
	truncateTries = 10
	truncatePause = 100 * time.Millisecond // the shop's, between two tries
)

// endAll implements engine.
func (postgresServer) endAll(ctx context.Context, s *Store) (int, error) {
	n, err := s.countSoon(ctx)
	if err != nil {
		return 0, err
	}
	for range truncateTries {
		err = s.Transact(ctx, s.truncateSessions)
		if sqlState(err) != stateLocked && !IsConflict(err) {
			return n, err
		}
		if err := pause(ctx, truncatePause); err != nil {
			return 0, err
		}
	}
	// Somebody reads the table for long, as pg_dump does.
	return n, s.Transact(ctx, s.deleteSessions)
}

// countSoon counts the sessions or, where that takes long, asks the server for its
// estimate: sessions that are to end must not wait to be counted.
func (s *Store) countSoon(ctx context.Context) (int, error) {
	soon, cancel := context.WithTimeout(ctx, countWithin)
	defer cancel()
	n, err := s.countRows(soon, "sessions")
	if err == nil || !errors.Is(soon.Err(), context.DeadlineExceeded) {
		return n, err
	}
	const estimate = "SELECT CAST(GREATEST(reltuples, 0) AS BIGINT) FROM pg_class WHERE oid = 'sessions'::regclass"
	return one(ctx, s.read, scanInt, estimate)
}

// truncateSessions ends all sessions within milliseconds, unless it has to wait.
// Everybody waits behind it then, readers too: hence not for long. The first lock
// holds up neither readers nor writers, and has an autovacuum give way that
// would not within so short a time.
func (s *Store) truncateSessions(ctx context.Context, tx *sql.Tx) error {
	return s.endBy(ctx, tx,
		"SET LOCAL lock_timeout = '2s'", "LOCK TABLE sessions IN SHARE UPDATE EXCLUSIVE MODE",
		"SET LOCAL lock_timeout = '100ms'", "TRUNCATE TABLE sessions")
}

// deleteSessions ends them beside a reader. The lock keeps writers out, of whom
// one could renew a session behind the back of the DELETE; with a million they
// wait for some seconds, and are told to try again.
func (s *Store) deleteSessions(ctx context.Context, tx *sql.Tx) error {
	return s.endBy(ctx, tx, "LOCK TABLE sessions IN SHARE ROW EXCLUSIVE MODE", "DELETE FROM sessions")
}

func (s *Store) endBy(ctx context.Context, tx *sql.Tx, statements ...string) error {
	for _, text := range statements {
		if _, err := tx.ExecContext(ctx, text); err != nil {
			return err
		}
	}
	return s.remember(ctx, tx, allSessions)
}
