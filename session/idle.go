package session

import (
	"cmp"
	"context"
	"errors"
	"time"
)

// touchSQL spares the row if another request changed it, which moved the expiry as
// well, or touched it at about this time.
const touchSQL = `UPDATE sessions SET expiry = $1 WHERE token = $2 AND data = $3 AND (expiry <= $4 OR expiry >= $5)`

// unseen bounds the life of a session whose cookie never came back: a program that keeps
// no cookies leaves a row with each request.
const unseen = 7 * 24 * time.Hour

// expiry returns when a session used now ends, to the millisecond: at its deadline,
// or earlier if it stays idle.
func (m *Manager) expiry(deadline time.Time) time.Time {
	if idle := time.Now().UTC().Add(m.o.IdleTimeout); m.o.IdleTimeout > 0 && idle.Before(deadline) {
		return idle.Truncate(time.Millisecond)
	}
	return deadline
}

// touchInterval is how much later the expiry must be for a touch to be worth a write.
func (m *Manager) touchInterval() time.Duration {
	return min(time.Minute, cmp.Or(m.o.IdleTimeout, time.Hour)/20)
}

// expiryUpToDate reports whether the stored expiry is within touchInterval of want. It
// is earlier until the cookie comes back for the first time. It may be much later if the
// clock was set back, or the timeout shortened: then the session would outlive its
// timeout by as much.
func (m *Manager) expiryUpToDate(stored, want time.Time) bool {
	return want.Sub(stored).Abs() < m.touchInterval()
}

// touch moves the expiry of a session that was only read; its data stays, and stays
// cached. It never fails a page: a touch that takes too long is left to the next request.
func (s *session) touch(ctx context.Context) {
	m, row := s.m, s.loaded
	expiry := m.expiry(row.deadline)
	if row.token == "" || s.tx != nil || m.expiryUpToDate(row.expiry, expiry) {
		return
	}
	const patience = 100 * time.Millisecond
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	early, late := m.o.Engine.Expiry(expiry.Add(-m.touchInterval())), m.o.Engine.Expiry(expiry.Add(m.touchInterval()))
	write := func() (any, int, error) {
		err := one(m.db.ExecContext(ctx, touchSQL, m.o.Engine.Expiry(expiry), row.token, row.data, early, late))
		touched := *row
		touched.expiry = expiry
		return &touched, touched.bytes(), err
	}
	switch err := m.o.Cache.Store(row.token, write); {
	case err == nil:
		m.count(&m.stats.Touches)
	case !errors.Is(err, ErrConflict): // ErrConflict: another request's expiry is as late
		m.o.Log.WarnContext(ctx, "session not touched", "session", ShortID(row.token), "error", err)
	}
}
