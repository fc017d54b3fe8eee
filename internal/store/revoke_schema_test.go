package store

import (
	"strings"
	"testing"
)

const schemaText = "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name"

// wantGood fails the test where Verify finds anything.
func wantGood(t *testing.T, s *Store) {
	t.Helper()
	err := s.Verify(t.Context(), func(c Check) {
		if c.Wrong > 0 {
			t.Errorf("%s: %+v", c.Name, c.Findings)
		}
	})
	if err != nil {
		t.Error(err)
	}
}

// The schema is the same to the letter, and a good one; so is a backup's, and that
// of a shop that starts on it.
func TestRevokeAllLeavesTheSchemaAsItWas(t *testing.T) {
	t.Parallel()
	path := newFile(t)
	s := openAt(t, path)
	mustExec(t, s.Write(), "CREATE TRIGGER of_an_operator AFTER DELETE ON sessions BEGIN DELETE FROM orders WHERE 0; END")
	before := printed(t, s.Read(), schemaText)
	want := func(s *Store) {
		t.Helper()
		if got := printed(t, s.Read(), schemaText); got != before {
			t.Errorf("the schema is\n%s\nwant\n%s", got, before)
		}
		wantGood(t, s)
	}
	for range 2 {
		addSessions(t, s, 10)
		if n := revokeAll(t, path); n != 10 {
			t.Errorf("%d sessions were ended, want 10", n)
		}
		want(s)
	}
	want(openAt(t, makeBackup(t, path).Path))
}

// Older versions set the rows of revoked sessions aside, in tables that they dropped
// later, or not if they were killed. Such a file is a shop's like any other.
func TestATableOfAnOlderRevocationIsLeftAlone(t *testing.T) {
	t.Parallel()
	path := newFile(t)
	s := openAt(t, path)
	const aside = "revoked_sessions_1764281400000"
	var ddl string
	if err := s.Read().QueryRowContext(t.Context(), "SELECT sql FROM sqlite_schema WHERE name = 'sessions'").Scan(&ddl); err != nil {
		t.Fatal(err)
	}
	mustExec(t, s.Write(), strings.Replace(ddl, "sessions", aside, 1))
	addSessions(t, s, 10)
	mustExec(t, s.Write(), "INSERT INTO "+aside+" SELECT * FROM sessions")
	revokeAll(t, path)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openAt(t, path)
	wantGood(t, s)
	addSessions(t, s, 1)
	if n := revokeAll(t, path); n != 1 {
		t.Errorf("%d sessions were ended, want 1", n)
	}
	for _, db := range []*Store{s, openAt(t, makeBackup(t, path).Path)} {
		if n := count(t, db.Read(), "SELECT COUNT(*) FROM "+aside); n != 10 {
			t.Errorf("%d rows are set aside, want 10", n)
		}
		wantGood(t, db)
	}
}

// A revocation that cannot be noted, and so would let requests under way bring a
// session back, ends nothing.
func TestARevocationThatIsNotCommittedEndsNothing(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, e engineUnderTest) {
		dsn := e.ready(t)
		s := openShop(t, dsn)
		shopper := s.must("/add", "").cookie
		guest := guestOf(t, dsn)
		mustExec(t, s.Write(), "ALTER TABLE ended_sessions RENAME TO elsewhere")
		if n, err := guest.revokeAll(t.Context()); err == nil {
			t.Errorf("%d sessions were ended", n)
		}
		mustExec(t, s.Write(), "ALTER TABLE elsewhere RENAME TO ended_sessions")
		if got := s.get(shopper).body; got != "2 units, true" {
			t.Errorf("the shopper has %s", got)
		}
	})
}
