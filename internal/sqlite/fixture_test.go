package sqlite

import (
	"database/sql"
	"log/slog"
	"path/filepath"
	"testing"
)

func newFile(t *testing.T) string { return filepath.Join(t.TempDir(), "trolley.db") }

// openNew opens a new database in a folder of its own.
func openNew(t *testing.T) *DB {
	t.Helper()
	return openAt(t, newFile(t))
}

func openAt(t *testing.T, path string) *DB {
	t.Helper()
	db, err := Open(t.Context(), path, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func mustExec(t *testing.T, db *sql.DB, text string, args ...any) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), text, args...); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
}

func count(t *testing.T, db *sql.DB, text string) (n int) {
	t.Helper()
	if err := db.QueryRowContext(t.Context(), text).Scan(&n); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return n
}
