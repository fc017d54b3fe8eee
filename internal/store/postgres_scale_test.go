package store

import (
	"log/slog"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

// documentedSQL returns the statements of docs/scaling.md that begin as given.
func documentedSQL(t *testing.T, begins string) string {
	t.Helper()
	page, err := os.ReadFile("../../docs/scaling.md")
	if err != nil {
		t.Fatal(err)
	}
	_, text, found := strings.Cut(string(page), "```sql\n"+begins)
	text, _, closed := strings.Cut(text, "```")
	if !found || !closed {
		t.Fatalf("docs/scaling.md has no SQL that begins with %q", begins)
	}
	return begins + text
}

// Of many sessions the statistics are asked, and the expired ones are counted.
func TestManySessionsAreEstimated(t *testing.T) {
	t.Parallel()
	s := openAt(t, migrated.New(t))
	fillSessions(t, s, 10)
	mustExec(t, s.Write(), "ALTER TABLE sessions SET (autovacuum_enabled = false)")
	mustExec(t, s.Write(), "UPDATE pg_class SET reltuples = 5000000 WHERE oid = 'sessions'::regclass")
	until(t, "the number of the last vacuum counts, as after a crash", func() bool {
		mustExec(t, s.Write(), "SELECT pg_stat_reset_single_table_counters('sessions'::regclass)")
		alive, expired, err := s.CountSessions(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return alive == 5_000_000-3 && expired == 3 && s.IsEstimate(alive, expired) && !s.IsEstimate(7, 3)
	})
}

// A shop does not notice that its sessions are split by the hash of their tokens.
func TestSessionsMayBeSplitIntoPartitions(t *testing.T) {
	t.Parallel()
	dsn := migrated.New(t)
	before := openShop(t, dsn)
	cookie := before.must("/add", "").cookie
	operator, err := OpenExisting(t.Context(), dsn, slog.New(slog.DiscardHandler)) // whose statements may take long
	if err != nil {
		t.Fatal(err)
	}
	defer operator.Close()
	mustExec(t, operator.Write(), documentedSQL(t, "BEGIN;\nALTER TABLE sessions RENAME"))
	s := openShop(t, dsn)
	if a := s.send(http.MethodGet, "/", cookie); a.body != "2 units, true" {
		t.Errorf("the session of before: %+v", a)
	}
	if a := s.must("/add", cookie); a.body != "4" {
		t.Errorf("an add: %+v", a)
	}
	if s.must("/order", cookie).body == "" {
		t.Error("no order")
	}
	for range 20 {
		s.must("/add", "")
	}
	if n := count(t, s.Read(), "SELECT COUNT(DISTINCT tableoid) FROM sessions"); n < 2 {
		t.Errorf("21 sessions are in %d partitions", n)
	}
	if alive, _, err := s.CountSessions(t.Context()); alive != 21 || err != nil {
		t.Errorf("%d sessions are alive, %v", alive, err)
	}
	if rows, err := s.NewestSessions(t.Context(), SessionStretch{Limit: 100}); len(rows) != 21 || err != nil {
		t.Errorf("%d sessions are listed, %v", len(rows), err)
	}
	mustExec(t, s.Write(), "UPDATE sessions SET expiry = $1", time.Now().Add(-time.Second))
	if n, err := s.sessions.Purge(t.Context()); n != 21 || err != nil {
		t.Errorf("%d are purged, %v", n, err)
	}
}
