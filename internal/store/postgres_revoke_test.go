package store

import (
	"net/http"
	"testing"
)

// pg_dump reads the table for minutes: no TRUNCATE can come in between.
func TestRevokeAllEndsSessionsBesideALongReader(t *testing.T) {
	t.Parallel()
	dsn := migrated.New(t)
	s := openShop(t, dsn)
	shopper := s.must("/add", "").cookie
	reader, err := connect(t, dsn).BeginTx(t.Context(), oneMoment())
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Rollback()
	if _, err := reader.ExecContext(t.Context(), "SELECT COUNT(*) FROM sessions"); err != nil {
		t.Fatal(err)
	}
	if n := revokeAll(t, dsn); n != 1 {
		t.Errorf("%d sessions were ended, want 1", n)
	}
	if got := s.get(shopper).body; got != "0 units, false" {
		t.Errorf("a shopper still has %s", got)
	}
	if a := s.post("/add", shopper); a.status != http.StatusConflict {
		t.Errorf("the revoked session was answered %+v", a)
	}
	s.must("/add", "")
}

// Of a table that takes long to count the server's estimate will do: here that of
// a view, 0.
func TestSessionsAreNotCountedForLong(t *testing.T) {
	t.Parallel()
	s := openAt(t, migrated.New(t))
	addSessions(t, s, 1)
	if n, err := s.countSoon(t.Context()); n != 1 || err != nil {
		t.Errorf("one session was counted as %d, %v", n, err)
	}
	mustExec(t, s.Write(), "ALTER TABLE sessions RENAME TO stored")
	mustExec(t, s.Write(), "CREATE VIEW sessions AS SELECT stored.* FROM stored, pg_sleep(60)")
	if n, err := s.countSoon(t.Context()); n != 0 || err != nil {
		t.Errorf("it was counted for a minute, or in vain: %d, %v", n, err)
	}
}
