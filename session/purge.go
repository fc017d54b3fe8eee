package session

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"
)

const (
	purgeBatch = 500                   // rows a DELETE
	purgePause = 10 * time.Millisecond // between two, for the visitors' writes
)

// Run purges expired sessions at once and then every PurgeInterval, give or
// take a tenth, until ctx ends. It returns when the statement under way has:
// whoever closes the database joins it first.
func (m *Manager) Run(ctx context.Context) {
	for {
		if n, err := m.Purge(ctx); err != nil && ctx.Err() == nil {
			m.Log.WarnContext(ctx, "purge stopped", "purged", n, "error", err)
		}
		if !sleep(ctx, m.PurgeInterval*9/10+rand.N(m.PurgeInterval/5+1)) {
			return
		}
	}
}

// Purge deletes all expired sessions in small batches and returns how many. A
// single DELETE of a million rows holds SQLite's write lock for ten seconds.
func (m *Manager) Purge(ctx context.Context) (int, error) {
	now := time.Now()
	if _, err := inBatches(ctx, now, m.store.purgeEnded); err != nil {
		return 0, err
	}
	return inBatches(ctx, now, m.store.purge)
}

// inBatches calls purge until there is no full batch any more, and returns how
// many rows went.
func inBatches(ctx context.Context, now time.Time, purge func(context.Context, time.Time) (int, error)) (total int, err error) {
	for {
		n, err := purge(ctx, now)
		total += n
		refused := isSerialization(err) // another node was purging the same rows
		if err != nil && !refused || err == nil && n < purgeBatch {
			return total, err
		}
		if !sleep(ctx, purgePause) {
			return total, ctx.Err()
		}
	}
}

// purgeEnded deletes one batch of those that ended long ago.
func (s *store) purgeEnded(ctx context.Context, now time.Time) (int, error) {
	since, until := aMomentAround(now)
	result, err := s.write.ExecContext(ctx, s.dialect.purgeEnded, since, until, purgeBatch)
	if err != nil {
		return 0, fmt.Errorf("session: purge ended: %w", err)
	}
	n, err := result.RowsAffected()
	return int(n), err
}

// purge deletes one batch of those that expired.
func (s *store) purge(ctx context.Context, now time.Time) (int, error) {
	rows, err := s.write.QueryContext(ctx, s.dialect.purge, s.stamp(now), purgeBatch)
	if err != nil {
		return 0, fmt.Errorf("session: purge: %w", err)
	}
	defer rows.Close()
	var ids, hashes []string
	for rows.Next() {
		var token string
		if err := rows.Scan(&token); err != nil {
			return 0, fmt.Errorf("session: purge: %w", err)
		}
		ids, hashes = append(ids, shortID(token)), append(hashes, token)
	}
	if err := rows.Err(); err != nil { // rows that were returned are there again
		return 0, fmt.Errorf("session: purge: %w", err)
	}
	if len(ids) > 0 {
		s.m.stats.Expired.Add(int64(len(ids)))
		s.m.Log.InfoContext(ctx, "sessions expired", "count", len(ids), "sessions", ids)
	}
	for _, h := range hashes {
		s.m.observe(Event{Kind: EventExpired, Hash: h})
	}
	return len(ids), nil
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
