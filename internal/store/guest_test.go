package store

import (
	"crypto/sha256"
	"errors"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"trolley/internal/sqlite"
)

// folder returns the name and the digest of every file next to path. The -shm
// holds locks, not data: readers write to it.
func folder(t *testing.T, path string) map[string][sha256.Size]byte {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][sha256.Size]byte{}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), "-shm") {
			files[e.Name()] = [sha256.Size]byte{}
			continue
		}
		data, err := os.ReadFile(filepath.Join(filepath.Dir(path), e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		files[e.Name()] = sha256.Sum256(data)
	}
	return files
}

func TestLookingChangesNothing(t *testing.T) {
	t.Parallel()
	for name, prepare := range map[string]func(t *testing.T) string{
		"a database that nobody uses": func(t *testing.T) string {
			path := newFile(t)
			usedShop(t, path)
			return path
		},
		"one that a shop uses": func(t *testing.T) string {
			path := newFile(t)
			openShop(t, path).must("/add", "")
			return path
		},
		"one whose shop was killed": func(t *testing.T) string {
			running, path := newFile(t), newFile(t)
			openShop(t, running).must("/add", "")
			for _, suffix := range []string{"", "-wal", "-shm"} {
				copyFile(t, running+suffix, path+suffix)
			}
			return path
		},
		"a backup": func(t *testing.T) string {
			path := newFile(t)
			usedShop(t, path)
			return makeBackup(t, path).Path
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := prepare(t)
			before := folder(t, path)
			if names, text := describe(verified(t, path)); names != nil {
				t.Errorf("findings in %v:\n%s", names, text)
			}
			if after := folder(t, path); !maps.Equal(before, after) {
				t.Errorf("the folder held %v and holds %v", before, after)
			}
		})
	}
}

func TestADatabaseOfAKilledShopIsReadToItsEnd(t *testing.T) {
	t.Parallel()
	running, path := newFile(t), newFile(t)
	s := openShop(t, running)
	s.must("/add", "")
	for _, suffix := range []string{"", "-wal"} {
		copyFile(t, running+suffix, path+suffix)
	}
	for _, c := range verified(t, path) {
		if c.Name == "sessions" && c.Seen != 1 {
			t.Errorf("%d sessions, want the one that is in the log", c.Seen)
		}
	}
}

func TestAShopThatBeginsMeanwhileIsNoticed(t *testing.T) {
	t.Parallel()
	path := newFile(t)
	usedShop(t, path)
	s, err := OpenReadOnly(t.Context(), path, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	openAt(t, path)
	if err := s.Verify(t.Context(), func(Check) {}); !errors.Is(err, sqlite.ErrChanged) {
		t.Errorf("Verify = %v, want ErrChanged", err)
	}
	_, err = s.Backup(t.Context(), filepath.Join(t.TempDir(), "backup.db"), BackupOptions{})
	if !errors.Is(err, sqlite.ErrChanged) {
		t.Errorf("Backup = %v, want ErrChanged", err)
	}
}

func TestAGuestWritesNothing(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, e engineUnderTest) {
		dsn := e.ready(t)
		usedShop(t, dsn)
		s, err := OpenReadOnly(t.Context(), dsn, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if _, err := s.Write().ExecContext(t.Context(), "DELETE FROM order_lines"); err == nil {
			t.Error("a store for reading deleted rows")
		}
	})
}

// What a guest does not know it leaves alone: it makes no file, migrates none,
// and does not turn on the log of a file that is another program's.
func TestAGuestLeavesWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	older, newer, foreign := newFile(t), newFile(t), newFile(t)
	for _, path := range []string{older, newer} {
		usedShop(t, path)
	}
	withoutChecks(t, older, "DELETE FROM goose_db_version WHERE version_id > 1")
	withoutChecks(t, newer, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (999, 1)")
	withoutChecks(t, foreign, "CREATE TABLE notes (text TEXT)")
	text := newFile(t)
	if err := os.WriteFile(text, []byte(strings.Repeat("This is no database. ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		older: "older than this program's", newer: "999", foreign: "no schema of a shop",
		text: "not a SQLite database", filepath.Join(t.TempDir(), "nothing.db"): "no file",
	} {
		before := folder(t, path)
		s, err := OpenExisting(t.Context(), path, slog.New(slog.DiscardHandler))
		if err == nil {
			s.Close()
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("OpenExisting = %v, want %q in it", err, want)
		}
		if after := folder(t, path); !maps.Equal(before, after) {
			t.Errorf("%q: the folder held %v and holds %v", want, before, after)
		}
	}
}

// A guest that emptied the log when it leaves would make the shop's writers wait.
func TestAGuestLeavesTheLogToTheShop(t *testing.T) {
	t.Parallel()
	path := newFile(t)
	s := openShop(t, path)
	s.must("/add", "")
	before, _ := s.WALBytes()
	guest, err := OpenExisting(t.Context(), path, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if err := guest.Close(); err != nil {
		t.Fatal(err)
	}
	if after, _ := s.WALBytes(); after < before || after == 0 {
		t.Errorf("the log had %d bytes and has %d", before, after)
	}
	s.must("/add", "")
}
