package session

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"
)

const (
	purgeSQL = `
DELETE FROM sessions WHERE token IN (SELECT token FROM sessions WHERE expiry <= $1 ORDER BY expiry LIMIT $2)
RETURNING token, expiry`

	// purgePostgresSQL takes the rows that no other node is purging, so that nodes
	// share the work and never wait for each other. ARRAY has them chosen once: a
	// planner may run a subquery of IN again for each row. A batch goes on from the last
	// one's latest expiry: while anything holds a snapshot, the index keeps the entries of
	// all rows that were deleted, and to walk them takes longer with each batch.
	purgePostgresSQL = `
DELETE FROM sessions WHERE token = ANY (ARRAY(
	SELECT token FROM sessions WHERE expiry BETWEEN $3 AND $1 ORDER BY expiry LIMIT $2 FOR UPDATE SKIP LOCKED))
RETURNING token, expiry`

	// purgeEndedSQL needs no index and no order: what is old is most of the table,
	// or the table is small.
	purgeEndedSQL = `
DELETE FROM ended_sessions
WHERE token IN (SELECT token FROM ended_sessions WHERE ended_at NOT BETWEEN $1 AND $2 LIMIT $3)`

	purgeBatch = 500                   // rows a DELETE
	purgePause = 10 * time.Millisecond // between two, for the visitors' writes

	purgeInterval = time.Minute
)

// Run purges expired sessions at once and then every minute, give or take a tenth,
// until ctx ends. It returns when the statement under way has:
// wait for that before you close the database.
func (m *Manager) Run(ctx context.Context) {
	for {
		if n, err := m.Purge(ctx); err != nil && ctx.Err() == nil {
			m.o.Log.WarnContext(ctx, "purge stopped", "purged", n, "error", err)
		}
		if !sleep(ctx, purgeInterval*9/10+rand.N(purgeInterval/5)) {
			return
		}
	}
}

// Purge deletes all expired sessions in small batches and returns how many. A
// single DELETE of a million rows holds SQLite's write lock for ten seconds. It also
// deletes what Destroy could not (ErrNotDeleted), which it does not count. It returns
// the database's error, or that of ctx.
func (m *Manager) Purge(ctx context.Context) (int, error) {
	if err := m.destroyRefused(ctx); err != nil {
		return 0, fmt.Errorf("session: destroy: %w", err)
	}
	now := time.Now()
	since, until := endedWindow(now)
	_, err := inBatches(ctx, func() (int, error) {
		return affected(m.db.ExecContext(ctx, purgeEndedSQL, since, until, purgeBatch))
	})
	if err != nil {
		return 0, fmt.Errorf("session: purge ended: %w", err)
	}
	var latest time.Time
	n, err := inBatches(ctx, func() (int, error) { return m.deleteExpired(ctx, &latest, now) })
	if err != nil {
		err = fmt.Errorf("session: purge: %w", err)
	}
	return n, err
}

// inBatches calls deleteBatch until a batch is not full, and returns how many rows were
// deleted. It goes on if another node was purging the same rows.
func inBatches(ctx context.Context, deleteBatch func() (int, error)) (total int, err error) {
	for refused := 0; refused <= maxRuns; {
		n, err := deleteBatch()
		switch total += n; {
		case IsConflict(err):
			refused++
		case err != nil || n < purgeBatch:
			return total, err
		}
		if !sleep(ctx, purgePause) {
			return total, ctx.Err()
		}
	}
	return total, ErrConflict
}

// deleteExpired deletes a batch of sessions that expired between two times, and returns
// how many. It sets from to the latest expiry of them.
func (m *Manager) deleteExpired(ctx context.Context, from *time.Time, now time.Time) (int, error) {
	query, args := purgeSQL, []any{m.o.Engine.Expiry(now), purgeBatch}
	if m.o.Engine == Postgres {
		query, args = purgePostgresSQL, append(args, *from)
	}
	rows, err := m.db.QueryContext(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	var tokens []string
	latest := *from
	for rows.Next() {
		var token string
		var expiry Expiry
		if err := rows.Scan(&token, &expiry); err != nil {
			return 0, err
		}
		tokens = append(tokens, token)
		if expiry.After(latest) {
			latest = expiry.Time
		}
	}
	if err := rows.Err(); err != nil {
		return 0, err // and the statement is undone
	}
	*from = latest
	m.noteExpired(ctx, tokens)
	return len(tokens), nil
}

// sleep reports whether d passed before ctx ended.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
