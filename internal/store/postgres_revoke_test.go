package store

import (
	"context"
	"crypto/rand"
	"net/http"
	"strings"
	"testing"
	"time"

	"trolley/session"
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

// Of a table that takes long to count the server's estimate will do.
func TestSessionsAreNotCountedForLong(t *testing.T) {
	t.Parallel()
	dsn := migrated.New(t)
	s := openAt(t, dsn)
	addSessions(t, s, 1)
	mustExec(t, s.Write(), "ALTER TABLE sessions RENAME TO stored")
	mustExec(t, s.Write(), "CREATE VIEW sessions AS SELECT stored.* FROM stored, pg_sleep(60)")
	mustExec(t, s.Write(), "CREATE RULE ending AS ON DELETE TO sessions DO INSTEAD DELETE FROM stored")
	soon, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if n, err := guestOf(t, dsn).revokeAll(soon); n != 1 || err != nil {
		t.Errorf("RevokeAll = %d, %v: was the view counted for a minute?", n, err)
	}
}

// The right to truncate a table is often left with its owner.
func TestRevokeAllWithoutTheRightToTruncate(t *testing.T) {
	t.Parallel()
	dsn := migrated.New(t)
	s := openShop(t, dsn)
	shopper := s.must("/add", "").cookie
	role := "limited_" + strings.ToLower(rand.Text()[:10])
	mustExec(t, s.Write(), "CREATE ROLE "+role)
	defer mustExec(t, s.Write(), "DROP ROLE "+role)
	defer mustExec(t, s.Write(), "DROP OWNED BY "+role)
	mustExec(t, s.Write(), "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO "+role)
	limited := connect(t, dsn)
	limited.SetMaxOpenConns(1)
	mustExec(t, limited, "SET ROLE "+role)
	if _, err := limited.ExecContext(t.Context(), "TRUNCATE TABLE sessions"); codeOf(err) != "42501" {
		t.Fatalf("TRUNCATE: %v: nothing is proved", err)
	}
	if n, err := session.RevokeAll(t.Context(), limited, session.Postgres); n != 1 || err != nil {
		t.Errorf("RevokeAll = %d, %v, want 1", n, err)
	}
	s.wantRevoked(t, shopper)
}
