package sqlite

import (
	"bytes"
	"database/sql"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
)

// Between the moment in which another file is put in the place of the database and
// the one in which Watch notices, no connection opens the other file: with the log
// of the first one it would read what is in neither, and write that into it.
func TestNoConnectionToAFileThatWasPutThere(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	backup := filepath.Join(dir, "backup.db")
	b, err := Open(t.Context(), backup, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	mustExec(t, b.Write, "DELETE FROM products")
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(backup)
	if err != nil {
		t.Fatal(err)
	}

	s, err := Open(t.Context(), filepath.Join(dir, "trolley.db"), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	guest, err := OpenExisting(t.Context(), filepath.Join(dir, "trolley.db"), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { guest.Close() })
	mustExec(t, s.Write, "UPDATE products SET description = 'Changed.'")
	f := s.file
	if err := os.Rename(backup, f.path); err != nil {
		t.Fatal(err)
	}

	reader, err := s.Read.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	var n int
	if err := reader.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM products").Scan(&n); err != nil || n != 24 {
		t.Errorf("a connection of before reads %d products, %v", n, err)
	}
	err = s.Read.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM products").Scan(&n)
	if !errors.Is(err, ErrLost) || !IsUnavailable(err) {
		t.Errorf("a new connection reads %d products, %v", n, err)
	}
	mover := sql.OpenDB(f.connector(shopWriter))
	defer mover.Close()
	if err := move(t.Context(), mover); !errors.Is(err, ErrLost) {
		t.Errorf("the log is moved into the other file: %v", err)
	}
	if _, err := guest.Write.ExecContext(t.Context(), "DELETE FROM sessions"); !errors.Is(err, ErrLost) {
		t.Errorf("all sessions of the other file are deleted: %v", err)
	}
	if after, err := os.ReadFile(f.path); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the file that was put there changed: %v", err)
	}
}
