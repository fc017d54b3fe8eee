package contract

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"trolley/session"
)

// fill stores sessions that end at the given time.
func (n *node) fill(name string, count int, ends time.Time) {
	n.t.Helper()
	tx, err := n.store.Write().BeginTx(n.t.Context(), nil)
	if err != nil {
		n.t.Fatal(err)
	}
	defer tx.Rollback()
	for i := range count {
		_, err := tx.ExecContext(n.t.Context(), "INSERT INTO sessions (token, data, expiry) VALUES ($1, $2, $3)",
			fmt.Sprintf("%s-%d", name, i), []byte("{}"), n.expiry(ends))
		if err != nil {
			n.t.Fatal(err)
		}
	}
	if err := tx.Commit(); err != nil {
		n.t.Fatal(err)
	}
}

func TestNodesShareThePurge(t *testing.T) {
	t.Parallel()
	onEachEngine(t, session.Options{}, func(t *testing.T, a, b *node) {
		const expired, alive = 1100, 30
		a.fill("expired", expired, time.Now().Add(-time.Second))
		a.fill("alive", alive, time.Now().Add(time.Hour))
		a.exec("INSERT INTO ended_sessions (token, ended_at) VALUES ('old', $1), ('new', $2)",
			time.Now().Add(-time.Hour).UnixMilli(), time.Now().UnixMilli())
		purged := 0
		var mu sync.Mutex
		var wg sync.WaitGroup
		for _, n := range []*node{a, b} {
			wg.Go(func() {
				count, err := n.sessions.Purge(t.Context())
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				purged += count
			})
		}
		wg.Wait()
		if left := a.number("SELECT COUNT(*) FROM sessions"); purged != expired || left != alive {
			t.Errorf("%d were purged and %d are left, want %d and %d", purged, left, expired, alive)
		}
		if stats := a.sessions.Stats().Expired + b.sessions.Stats().Expired; stats != expired {
			t.Errorf("%d were counted, want %d", stats, expired)
		}
		if left := a.number("SELECT COUNT(*) FROM ended_sessions"); left != 1 {
			t.Errorf("%d ended sessions are remembered, want the one of just now", left)
		}
	})
}

// A node that is stuck in its purge does not stop the others.
func TestThePurgeTakesWhatNobodyElseIsPurging(t *testing.T) {
	t.Parallel()
	n := start(t, migrated.New(t), session.Options{})
	n.fill("expired", 20, time.Now().Add(-time.Second))
	stuck, err := n.store.Write().BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer stuck.Rollback()
	if _, err := stuck.ExecContext(t.Context(), "DELETE FROM sessions WHERE token LIKE 'expired-1%'"); err != nil { // 11 of them
		t.Fatal(err)
	}
	if count, err := n.sessions.Purge(t.Context()); err != nil || count != 9 {
		t.Errorf("purged %d, %v; want the 9 that are free", count, err)
	}
	if err := stuck.Rollback(); err != nil {
		t.Fatal(err)
	}
	if count, err := n.sessions.Purge(t.Context()); err != nil || count != 11 {
		t.Errorf("then purged %d, %v; want the other 11", count, err)
	}
}
