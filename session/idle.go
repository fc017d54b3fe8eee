package session

import (
	"context"
	"time"
)

// expiry is when a session used now ends: at its deadline, or earlier where it
// stays idle.
func (m *Manager) expiry(deadline time.Time) time.Time {
	if idle := time.Now().UTC().Add(m.IdleTimeout); m.IdleTimeout > 0 && idle.Before(deadline) {
		return idle
	}
	return deadline
}

// touchStep is how much later the expiry must be for a touch to be worth a
// write.
func (m *Manager) touchStep() time.Duration { return min(time.Minute, m.IdleTimeout/20) }

// isAsGood says whether next is too near to now for a write. It may be much earlier
// where the clock was set back, or the timeout shortened: then the session would
// outlive its timeout by as much.
func (m *Manager) isAsGood(now, next time.Time) bool {
	return next.Sub(now).Abs() < m.touchStep()
}

// touch moves the expiry of a session that was only read; its data stays
// untouched. It must never fail a page: a touch that does not get through in a
// moment is left to the next request.
func (s *store) touch(ctx context.Context, r *request, deadline time.Time) {
	if s.m.IdleTimeout <= 0 || r.row.token == "" || r.tx != nil {
		return
	}
	expiry := s.m.expiry(deadline)
	if s.m.isAsGood(r.row.expiry, expiry) {
		return
	}
	const moment = 100 * time.Millisecond
	ctx, cancel := context.WithTimeout(ctx, moment)
	defer cancel()
	early, late := s.stamp(expiry.Add(-s.m.touchStep())), s.stamp(expiry.Add(s.m.touchStep()))
	if _, err := s.write.ExecContext(ctx, touchSQL, s.stamp(expiry), r.row.token, early, late); err != nil {
		s.m.Log.WarnContext(ctx, "session not touched", "session", r.row.id(), "error", err)
		return
	}
	s.m.stats.Touches.Add(1)
}
