package sqlite

import (
	"database/sql"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A start touches nothing of a file that is not a shop's: neither its content, nor its
// mode, nor the files next to it.
func TestAFileOfAnotherProgramIsNotTouched(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		make string // SQL, or the text of the file
		want string
	}{
		"a system file":         {"root:x:0:0:root:/root:/bin/sh\n", "not a SQLite database"},
		"tables":                {"CREATE TABLE users (name TEXT)", "another program, such as users"},
		"sessions":              {"CREATE TABLE sessions (id INTEGER)", "another program, such as sessions"},
		"migrations":            {"CREATE TABLE goose_db_version (version_id); INSERT INTO goose_db_version VALUES (3)", "another program"},
		"only a mark":           {"PRAGMA application_id = 0x47504B47", "another program has marked it"},
		"only a version":        {"PRAGMA user_version = 5", "another program has marked it"},
		"orders and migrations": {"CREATE TABLE goose_db_version (version_id); CREATE TABLE order_lines (id)", "another program"},
		"a view":                {"CREATE VIEW one AS SELECT 1", "another program, such as one"},
		"a log that is in use": {"PRAGMA journal_mode = wal; CREATE TABLE users (name TEXT)",
			"another program, such as users"},
		"text in another encoding": {"PRAGMA encoding = 'UTF-16'; CREATE TABLE users (name TEXT); DROP TABLE users", "UTF-16"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := newFile(t)
			if strings.HasPrefix(c.make, "root") {
				if err := os.WriteFile(path, []byte(c.make), 0o644); err != nil {
					t.Fatal(err)
				}
			} else {
				other, err := sql.Open("sqlite", path)
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { other.Close() })
				mustExec(t, other, c.make)
			}
			if err := os.Chmod(path, 0o644); err != nil {
				t.Fatal(err)
			}
			before := folder(t, path)
			s, err := Open(t.Context(), path, slog.New(slog.DiscardHandler))
			if err == nil {
				s.Close()
				t.Fatal("it was opened as a shop")
			}
			if !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("Open = %v, want one line with %q", err, c.want)
			}
			if after := folder(t, path); after != before {
				t.Errorf("the folder held\n%s\nand holds\n%s", before, after)
			}
		})
	}
}

// folder returns all that can be seen of the files next to path, but for the locks
// that are counted in an index.
func folder(t *testing.T, path string) (all string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		all += fmt.Sprintln(e.Name(), info.Mode(), info.Size())
		if !strings.HasSuffix(e.Name(), "-shm") { // to read and close it would drop its locks
			content, err := os.ReadFile(filepath.Join(filepath.Dir(path), e.Name()))
			if err != nil {
				t.Fatal(err)
			}
			all += fmt.Sprintf("%q\n", content)
		}
	}
	return all
}
