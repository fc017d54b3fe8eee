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
RETURNING token`

	// purgePostgresSQL takes the rows that no other node is purging, so that nodes
	// share the work and never wait for each other. ARRAY has them chosen once: a
	// planner may run a subquery of IN again for each row. A batch goes on from the last
	// one's latest expiry: while anything holds a snapshot, the index keeps the entries of
	// all rows that were deleted, and to walk them takes longer with each batch.
	purgePostgresSQL = `
DELETE FROM sessions WHERE token = ANY (ARRAY(
	SELECT token FROM sessions WHERE expiry BETWEEN $1 AND $2 ORDER BY expiry LIMIT $3 FOR UPDATE SKIP LOCKED))
RETURNING token, expiry`

	// purgeEndedSQL needs no index and no order: what is old is most of the table,
	// or the table is small.
	purgeEndedSQL = `
DELETE FROM ended_sessions WHERE token IN (SELECT token FROM ended_sessions WHERE ended_at NOT BETWEEN $1 AND $2 LIMIT $3)
RETURNING token`

	purgeBatch = 500                   // rows a DELETE
	purgePause = 10 * time.Millisecond // between two, for the visitors' writes
)

// Run purges expired sessions at once and then every PurgeInterval, give or
// take a tenth, until ctx ends. It returns when the statement under way has:
// wait for that before you close the database.
func (m *Manager) Run(ctx context.Context) {
	for {
		if n, err := m.Purge(ctx); err != nil && ctx.Err() == nil {
			m.o.Log.WarnContext(ctx, "purge stopped", "purged", n, "error", err)
		}
		if !sleep(ctx, m.o.PurgeInterval*9/10+rand.N(m.o.PurgeInterval/5+1)) {
			return
		}
	}
}

// Purge deletes all expired sessions in small batches and returns how many. A
// single DELETE of a million rows holds SQLite's write lock for ten seconds. It also
// deletes what Destroy could not (ErrNotDeleted), which it does not count. It returns
// the database's error, or that of ctx.
func (m *Manager) Purge(ctx context.Context) (int, error) {
	now := time.Now()
	since, until := endedWindow(now)
	if err := m.destroyRefused(ctx); err != nil {
		return 0, fmt.Errorf("session: destroy: %w", err)
	}
	if _, err := m.inBatches(ctx, purgeEndedSQL, since, until); err != nil {
		return 0, fmt.Errorf("session: purge ended: %w", err)
	}
	query, args := purgeSQL, []any{m.o.Engine.expiry(now)}
	if m.o.Engine == Postgres {
		query, args = purgePostgresSQL, []any{time.Time{}, now}
	}
	n, err := m.inBatches(ctx, query, args...)
	if err != nil {
		err = fmt.Errorf("session: purge: %w", err)
	}
	return n, err
}

// inBatches runs a DELETE until a batch is not full, and returns how many rows it
// deleted. It goes on if another node was purging the same rows.
func (m *Manager) inBatches(ctx context.Context, query string, args ...any) (total int, err error) {
	args = append(args, purgeBatch)
	for refused := 0; refused <= maxRuns; {
		tokens, err := m.deleteBatch(ctx, query, args)
		switch total += len(tokens); {
		case IsConflict(err):
			refused++
		case err != nil || len(tokens) < purgeBatch:
			return total, err
		}
		if !sleep(ctx, purgePause) {
			return total, ctx.Err()
		}
	}
	return total, ErrConflict
}

// deleteBatch returns the tokens of the rows that it deleted; none with an error, which
// undoes the statement. It sets where the next batch of purgePostgresSQL begins.
func (m *Manager) deleteBatch(ctx context.Context, query string, args []any) (tokens []string, err error) {
	rows, err := m.db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var token string
	var expiry, latest time.Time
	row := []any{&token}
	if query == purgePostgresSQL {
		row = append(row, &expiry)
	}
	for rows.Next() {
		if err := rows.Scan(row...); err != nil {
			return nil, err
		}
		tokens = append(tokens, token)
		if expiry.After(latest) {
			latest = expiry
		}
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	if query == purgePostgresSQL && len(tokens) > 0 {
		args[0] = latest
	}
	if query != purgeEndedSQL {
		m.noteExpired(ctx, tokens)
	}
	return tokens, nil
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
