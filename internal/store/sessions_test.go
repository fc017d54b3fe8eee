package store

import (
	"errors"
	"testing"
	"time"
)

func TestSessionsListsTheLivingAndCountsTheRest(t *testing.T) {
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
				token, []byte("{}"), s.engine.expiry(now.Add(left)))
		}
		page, err := s.Sessions(t.Context(), 1, 1)
		if err != nil || len(page.Rows) != 1 || page.Rows[0].Token != "middle" {
			t.Fatalf("the second row: %+v, %v; want middle", page.Rows, err)
		}
		page, err = s.Sessions(t.Context(), 10, 1)
		if err != nil {
			t.Fatal(err)
		}
		if page.Alive != 3 || page.Expired != 2 {
			t.Errorf("%d alive and %d expired, want 3 and 2", page.Alive, page.Expired)
		}
		if len(page.Rows) != 2 || page.Rows[0].Token != "middle" || page.Rows[1].Token != "short" {
			t.Errorf("rows = %v, want middle and short", page.Rows)
		}
		if got, want := page.Rows[1].Expires, now.Add(time.Minute); !got.Equal(want) {
			t.Errorf("short ends at %v, want %v", got, want)
		}
	})
}

func TestAMissingSessionIsNotFound(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, e engineUnderTest) {
		if _, err := e.open(t).SessionRow(t.Context(), "nobody"); !errors.Is(err, ErrNotFound) {
			t.Errorf("SessionRow = %v, want ErrNotFound", err)
		}
	})
}
