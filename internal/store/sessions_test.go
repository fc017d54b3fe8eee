package store

import (
	"errors"
	"testing"
	"time"
)

func TestASessionIsAliveUntilItsExpiry(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, e engineUnderTest) {
		s := e.open(t)
		now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
		s.now = func() time.Time { return now }
		for token, left := range map[string]time.Duration{
			"short": time.Minute, "long": time.Hour, "middle": 30 * time.Minute,
			"over": -time.Millisecond, "just-over": 0,
		} {
			mustExec(t, s.Write(), "INSERT INTO sessions (token, data, expiry) VALUES ($1, $2, $3)",
				token, []byte("{}"), s.engine.Expiry(now.Add(left)))
		}
		alive, expired, err := s.CountSessions(t.Context())
		if err != nil || alive != 3 || expired != 2 {
			t.Errorf("%d alive and %d expired (%v), want 3 and 2", alive, expired, err)
		}
		rows, err := s.EndingSessions(t.Context(), SessionStretch{Limit: 10}, now.Add(time.Hour))
		if err != nil || len(rows) == 0 || rows[0].Token != "short" || !rows[0].Expires.Equal(now.Add(time.Minute)) {
			t.Errorf("ending next: %+v (%v), want short in a minute", rows, err)
		}
	})
}

func TestAMissingSessionIsNotFound(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, e engineUnderTest) {
		if _, err := e.open(t).FindSession(t.Context(), "nobody"); !errors.Is(err, ErrNotFound) {
			t.Errorf("FindSession = %v, want ErrNotFound", err)
		}
	})
}
