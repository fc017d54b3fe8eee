package session

import (
	"strings"
	"testing"
)

// What would make sessions be lost, or their end take minutes, is an error with its
// reason at the start.
func TestUnfitTablesAreRefused(t *testing.T) {
	t.Parallel()
	loose := strings.ReplaceAll(SchemaSQLite, ") STRICT", ")")
	for want, text := range map[string]string{
		"no such table: sessions":       "SELECT 1",
		"no such table: ended_sessions": SchemaSQLite + "; DROP TABLE ended_sessions",
		"no such column":                SchemaSQLite + "; ALTER TABLE ended_sessions DROP COLUMN renewed",
		"sessions is not STRICT":        loose,
		"the trigger gone is on sessions": SchemaSQLite +
			"; CREATE TRIGGER gone AFTER DELETE ON sessions BEGIN SELECT 1; END",
		"a foreign key of notes refers to sessions": SchemaSQLite +
			"; CREATE TABLE notes (token REFERENCES sessions (token) ON DELETE CASCADE)",
		"a foreign key of sessions refers to tenants": strings.Replace(SchemaSQLite, "BLOB NOT NULL,",
			"BLOB NOT NULL, tenant INTEGER REFERENCES tenants (id),", 1),
	} {
		db := open(t, t.TempDir()+"/sessions.db")
		if _, err := db.Exec(text); err != nil {
			t.Fatal(err)
		}
		if m, err := New(db, Options{}); m != nil || err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

// The schema can run at each start.
func TestSchemaTwice(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{})
	cookie := s.begin()
	s.exec(SchemaSQLite)
	if got := s.count(cookie); got != 1 {
		t.Errorf("count %d, want 1", got)
	}
}

// A test needs one line for a Manager.
func TestInMemory(t *testing.T) {
	t.Parallel()
	for range 2 { // databases of their own
		s := &site{t: t, Manager: InMemory(t, "sqlite", Options{})}
		cookie := s.begin()
		for want := 2; want < 5; want++ {
			s.post(cookie, s.do(addOne))
			if got := s.count(cookie); got != want {
				t.Errorf("count %d, want %d", got, want)
			}
		}
		if n, err := s.Purge(t.Context()); n != 0 || err != nil {
			t.Errorf("purged %d, error %v", n, err)
		}
	}
}
