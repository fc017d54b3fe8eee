package sqlite

import (
	"database/sql"
	"os"
	"path/filepath"
	"testing"
)

// row writes a session's row from outside of the shop.
func row(t *testing.T, db *sql.DB, token string) {
	t.Helper()
	mustExec(t, db, "INSERT INTO sessions (token, data, expiry) VALUES ($1, x'7b7d', 2470000.5)", token)
}

// Every statement that changes a row changes its version.
func TestEveryChangeOfARowChangesItsVersion(t *testing.T) {
	t.Parallel()
	s := openNew(t)
	other := sql.OpenDB(s.file.connector(existing))
	t.Cleanup(func() { other.Close() })
	for name, change := range map[string]struct {
		db   *sql.DB
		text string
	}{
		"data":   {s.Write, "UPDATE sessions SET data = x'7b' WHERE token = 'a'"},
		"expiry": {s.Write, "UPDATE sessions SET expiry = expiry + 1 WHERE token = 'a'"},
		"token":  {s.Write, "UPDATE sessions SET token = 'b' WHERE token = 'a'"},
		"token of another": {s.Write, `
INSERT INTO sessions (token, data, expiry) VALUES ('c', x'7b', 1);
UPDATE OR REPLACE sessions SET token = 'a' WHERE token = 'c'`},
		"replace":            {s.Write, "REPLACE INTO sessions (token, data, expiry) VALUES ('a', x'7b', 2470000.5)"},
		"delete":             {s.Write, "DELETE FROM sessions WHERE token = 'a'"},
		"delete everything":  {s.Write, "DELETE FROM sessions"},
		"by another program": {other, "UPDATE sessions SET data = x'7b' WHERE token = 'a'"},
		"end of it there":    {other, "DELETE FROM sessions"},
	} {
		mustExec(t, s.Write, "DELETE FROM sessions")
		row(t, s.Write, "a")
		before, ok := s.versions.version("a")
		if !ok {
			t.Fatalf("%s: no version although nothing goes on", name)
		}
		if again, ok := s.versions.version("a"); !ok || again != before {
			t.Errorf("%s: the version changed by itself", name)
		}
		mustExec(t, change.db, change.text)
		if after, ok := s.versions.version("a"); ok && after == before {
			t.Errorf("%s: the version is the same", name)
		}
		// Another program's change is told from this process's own once that writes.
		mustExec(t, s.Write, "UPDATE products SET stock = stock + 1 WHERE sku = (SELECT MIN(sku) FROM products)")
		if after, ok := s.versions.version("a"); !ok || after == before {
			t.Errorf("%s: after another write the version is the same, or there is none", name)
		}
	}
}

// A version lasts: else nothing would be cached.
func TestChangesElsewhereLeaveAVersionAlone(t *testing.T) {
	t.Parallel()
	s := openNew(t)
	row(t, s.Write, "a")
	row(t, s.Write, "b")
	before, ok := s.versions.version("a")
	mustExec(t, s.Write, "UPDATE products SET stock = stock + 1")
	mustExec(t, s.Write, "UPDATE sessions SET data = x'7b' WHERE token = 'b'")
	mustExec(t, s.Write, "PRAGMA optimize")
	if after, still := s.versions.version("a"); !ok || !still || after != before {
		t.Errorf("the version was %d, %v and is %d, %v", before, ok, after, still)
	}
	once, _ := s.versions.version("b")
	mustExec(t, s.Write, "UPDATE sessions SET data = x'7c' WHERE token = 'b'")
	if again, _ := s.versions.version("b"); again != once+1 {
		t.Errorf("a change makes version %d to %d, want one more", once, again)
	}
}

// While a transaction is open it may still be rolled back, or committed.
func TestNoVersionWhileARowChanges(t *testing.T) {
	t.Parallel()
	s := openNew(t)
	row(t, s.Write, "a")
	for _, end := range []func(*sql.Tx) error{(*sql.Tx).Rollback, (*sql.Tx).Commit} {
		tx, err := s.Write.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tx.Exec("UPDATE sessions SET data = randomblob(9) WHERE token = 'a'"); err != nil {
			t.Fatal(err)
		}
		if _, ok := s.versions.version("a"); ok {
			t.Error("there is a version while the row changes")
		}
		if err := end(tx); err != nil {
			t.Fatal(err)
		}
		if _, ok := s.versions.version("a"); !ok {
			t.Error("there is none when that is over")
		}
	}
}

// Where the index that is read is not the one in use, nothing is taken for unchanged.
func TestNoVersionByAnotherIndex(t *testing.T) {
	t.Parallel()
	s := openNew(t)
	row(t, s.Write, "a")
	content, err := os.ReadFile(s.file.path + "-shm")
	if err != nil {
		t.Fatal(err)
	}
	stale := filepath.Join(t.TempDir(), "stale")
	if err := os.WriteFile(stale+"-shm", content, 0o600); err != nil {
		t.Fatal(err)
	}
	s.versions.index = new(walIndex)
	if err := s.versions.index.open(stale); err != nil {
		t.Fatal(err)
	}
	mustExec(t, s.Write, "UPDATE sessions SET data = x'7b' WHERE token = 'a'")
	if _, ok := s.versions.version("a"); ok {
		t.Error("there is a version, of an index that is not written")
	}
}
