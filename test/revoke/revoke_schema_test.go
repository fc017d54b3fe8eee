package revoke

import (
	"database/sql"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"trolley/internal/backup"
	"trolley/internal/query"
	"trolley/internal/sqlite"
	"trolley/internal/store"
	"trolley/internal/verify"
	"trolley/test/minishop"
)

const schemaText = "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name"

// wantGood fails the test where Verify finds anything.
func wantGood(t *testing.T, s *store.Store) {
	t.Helper()
	err := verify.Database{DB: s.Read()}.VerifyRows(t.Context(), func(c verify.Check) {
		if c.Wrong > 0 {
			t.Errorf("%s: %+v", c.Name, c.Findings)
		}
	})
	if err != nil {
		t.Error(err)
	}
	var problem string
	err = s.Read().QueryRowContext(t.Context(), "PRAGMA integrity_check").Scan(&problem)
	if problem != "ok" || err != nil {
		t.Errorf("integrity_check: %s, %v", problem, err)
	}
}

// The schema is the same to the letter, and a good one; so is a backup's, and that
// of a shop that starts on it.
func TestRevokeAllLeavesTheSchemaAsItWas(t *testing.T) {
	t.Parallel()
	path := minishop.SQLite.New(t)
	s := minishop.OpenStore(t, path)
	minishop.Exec(t, s.Write(), "CREATE TRIGGER of_an_operator AFTER DELETE ON sessions BEGIN DELETE FROM orders WHERE 0; END")
	before := printed(t, s.Read(), schemaText)
	want := func(s *store.Store) {
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
	want(minishop.OpenStore(t, makeBackup(t, path)))
}

// Older versions set the rows of revoked sessions aside, in tables that they dropped
// later, or not if they were killed. Such a file is a shop's like any other.
func TestATableOfAnOlderRevocationIsLeftAlone(t *testing.T) {
	t.Parallel()
	path := minishop.SQLite.New(t)
	s := minishop.OpenStore(t, path)
	const aside = "revoked_sessions_1764281400000"
	var ddl string
	if err := s.Read().QueryRowContext(t.Context(), "SELECT sql FROM sqlite_schema WHERE name = 'sessions'").Scan(&ddl); err != nil {
		t.Fatal(err)
	}
	minishop.Exec(t, s.Write(), strings.Replace(ddl, "sessions", aside, 1))
	addSessions(t, s, 10)
	minishop.Exec(t, s.Write(), "INSERT INTO "+aside+" SELECT * FROM sessions")
	revokeAll(t, path)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = minishop.OpenStore(t, path)
	wantGood(t, s)
	addSessions(t, s, 1)
	if n := revokeAll(t, path); n != 1 {
		t.Errorf("%d sessions were ended, want 1", n)
	}
	for _, db := range []*store.Store{s, minishop.OpenStore(t, makeBackup(t, path))} {
		if n := minishop.Count(t, db.Read(), "SELECT COUNT(*) FROM "+aside); n != 10 {
			t.Errorf("%d rows are set aside, want 10", n)
		}
		wantGood(t, db)
	}
}

// A revocation that cannot be noted, and so would let requests under way bring a
// session back, ends nothing.
func TestARevocationThatIsNotCommittedEndsNothing(t *testing.T) {
	t.Parallel()
	minishop.OnEachEngine(t, func(t *testing.T, e minishop.Engine) {
		dsn := e.New(t)
		s := minishop.Open(t, dsn)
		shopper := s.Must("/add", "").Cookie
		guest := guestOf(t, dsn)
		minishop.Exec(t, s.Write(), "ALTER TABLE ended_sessions RENAME TO elsewhere")
		if n, err := endAll(t.Context(), guest); err == nil {
			t.Errorf("%d sessions were ended", n)
		}
		minishop.Exec(t, s.Write(), "ALTER TABLE elsewhere RENAME TO ended_sessions")
		if got := s.Get(shopper).Body; got != "2 units, true" {
			t.Errorf("the shopper has %s", got)
		}
	})
}

// makeBackup backs the database at path up and returns the file.
func makeBackup(t *testing.T, path string) string {
	t.Helper()
	from, err := sqlite.OpenReadOnly(t.Context(), path, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	b, err := backup.Make(t.Context(), from, filepath.Join(t.TempDir(), "backup.db"), backup.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return b.Path
}

// printed returns all rows of a query for four texts.
func printed(t *testing.T, db *sql.DB, text string) string {
	t.Helper()
	var b strings.Builder
	err := query.Each(t.Context(), db, func(rows *sql.Rows) error {
		var columns [4]sql.NullString
		err := rows.Scan(&columns[0], &columns[1], &columns[2], &columns[3])
		fmt.Fprintln(&b, columns)
		return err
	}, text)
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}
