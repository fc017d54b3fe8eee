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
	w := sweep{s: s}
	for {
		began := time.Now()
		more, err := w.next(ctx)
		if err == nil && more {
			err = pause(ctx, time.Since(began))
		}
		if progress != nil {
			progress(w.done, max(w.done, total))
		}
		if err != nil {
			return w.done, fmt.Errorf("store: revoke all: %w", err)
		}
		if !more {
			return w.done, nil
		}
	}
}

// sweep goes through the sessions in the order of their tokens.
type sweep struct {
	s     *Store
	after string // the last token that was ended
	done  int
	ended []endedBatch // the oldest first, as far as ended_sessions holds them
}

// endedBatch are the sessions whose tokens are after one and up to the other.
type endedBatch struct {
	after, last string
	at          time.Time
}

// next ends the next batch, and reports whether there was one. It also removes
// from ended_sessions what is no longer needed there: the shop would do it a
// minute later, a million rows at once.
func (w *sweep) next(ctx context.Context) (more bool, err error) {
	batch, n := endedBatch{after: w.after, at: w.s.now()}, 0
	old := len(w.ended) > 0 && batch.at.Sub(w.ended[0].at) > revokedMemory+time.Second
	err = w.s.Transact(ctx, func(ctx context.Context, tx *sql.Tx) (err error) {
		if batch.last, n, err = w.s.endAfter(ctx, tx, w.after); err != nil || !old {
			return err
		}
		return w.s.forgetEnded(ctx, tx, w.ended[0])
	})
	if err != nil || batch.last == "" {
		return false, err
	}
	if old {
		w.ended = w.ended[1:]
	}
	w.after, w.done, w.ended = batch.last, w.done+n, append(w.ended, batch)
	return true, nil
}

// forgetEnded removes what ended_sessions holds of a batch and need not.
func (s *Store) forgetEnded(ctx context.Context, tx *sql.Tx, b endedBatch) error {
	const forget = "DELETE FROM ended_sessions WHERE token > $1 AND token <= $2 AND ended_at < $3"
	_, err := tx.ExecContext(ctx, forget, b.after, b.last, s.now().Add(-endedMemory).UnixMilli())
	return err
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
