package verify

import (
	"errors"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trolley/internal/sqlite"
	"trolley/internal/store"
	"trolley/test/minishop"
)

func TestLookingChangesNothing(t *testing.T) {
	t.Parallel()
	for name, prepare := range map[string]func(t *testing.T) string{
		"a database that nobody uses": func(t *testing.T) string {
			path := minishop.SQLite.New(t)
			minishop.Used(t, path)
			return path
		},
		"one that a shop uses": func(t *testing.T) string {
			path := minishop.SQLite.New(t)
			minishop.Open(t, path).Must("/add", "")
			return path
		},
		"one whose shop was killed": func(t *testing.T) string {
			running, path := minishop.SQLite.New(t), minishop.SQLite.New(t)
			minishop.Open(t, running).Must("/add", "")
			for _, suffix := range []string{"", "-wal", "-shm"} {
				minishop.CopyFile(t, running+suffix, path+suffix)
			}
			return path
		},
		"a backup": func(t *testing.T) string {
			path, to := minishop.SQLite.New(t), minishop.SQLite.New(t)
			minishop.Used(t, path)
			from, err := sqlite.OpenReadOnly(t.Context(), path, slog.New(slog.DiscardHandler))
			if err != nil {
				t.Fatal(err)
			}
			defer from.Close()
			if err := from.CopyTo(t.Context(), to); err != nil {
				t.Fatal(err)
			}
			return to
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := prepare(t)
			before := minishop.Folder(t, path)
			if names, text := describe(verified(t, path)); names != nil {
				t.Errorf("findings in %v:\n%s", names, text)
			}
			if after := minishop.Folder(t, path); !maps.Equal(before, after) {
				t.Errorf("the folder held %v and holds %v", before, after)
			}
		})
	}
}

func TestADatabaseOfAKilledShopIsReadToItsEnd(t *testing.T) {
	t.Parallel()
	running, path := minishop.SQLite.New(t), minishop.SQLite.New(t)
	s := minishop.Open(t, running)
	s.Must("/add", "")
	for _, suffix := range []string{"", "-wal"} {
		minishop.CopyFile(t, running+suffix, path+suffix)
	}
	for _, c := range verified(t, path) {
		if c.Name == "sessions" && c.Seen != 1 {
			t.Errorf("%d sessions, want the one that is in the log", c.Seen)
		}
	}
}

func TestAShopThatBeginsMeanwhileIsNoticed(t *testing.T) {
	t.Parallel()
	path := minishop.SQLite.New(t)
	minishop.Used(t, path)
	db, err := sqlite.OpenReadOnly(t.Context(), path, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	minishop.OpenStore(t, path)
	if err := (Database{DB: db.Read, File: db}).Verify(t.Context(), func(Check) {}); !errors.Is(err, sqlite.ErrChanged) {
		t.Errorf("Verify = %v, want ErrChanged", err)
	}
}

func TestAGuestWritesNothing(t *testing.T) {
	t.Parallel()
	minishop.OnEachEngine(t, func(t *testing.T, e minishop.Engine) {
		dsn := e.New(t)
		minishop.Used(t, dsn)
		s, err := store.OpenReadOnly(t.Context(), dsn, slog.New(slog.DiscardHandler))
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
	older, newer, foreign := minishop.SQLite.New(t), minishop.SQLite.New(t), minishop.SQLite.New(t)
	for _, path := range []string{older, newer} {
		minishop.Used(t, path)
	}
	minishop.Harm(t, older, "DELETE FROM goose_db_version WHERE version_id > 1")
	minishop.Harm(t, newer, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (999, 1)")
	minishop.Harm(t, foreign, "CREATE TABLE notes (text TEXT)")
	text := minishop.SQLite.New(t)
	if err := os.WriteFile(text, []byte(strings.Repeat("This is no database. ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		older: "older than this program's", newer: "999", foreign: "no schema of a shop",
		text: "not a SQLite database", filepath.Join(t.TempDir(), "nothing.db"): "no file",
	} {
		before := minishop.Folder(t, path)
		s, err := store.OpenExisting(t.Context(), path, slog.New(slog.DiscardHandler))
		if err == nil {
			s.Close()
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("OpenExisting = %v, want %q in it", err, want)
		}
		if after := minishop.Folder(t, path); !maps.Equal(before, after) {
			t.Errorf("%q: the folder held %v and holds %v", want, before, after)
		}
	}
}

// A guest that emptied the log when it leaves would make the shop's writers wait.
func TestAGuestLeavesTheLogToTheShop(t *testing.T) {
	t.Parallel()
	path := minishop.SQLite.New(t)
	s := minishop.Open(t, path)
	s.Must("/add", "")
	before := s.SQLite().WALBytes()
	guest, err := store.OpenExisting(t.Context(), path, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if err := guest.Close(); err != nil {
		t.Fatal(err)
	}
	if after := s.SQLite().WALBytes(); after < before || after == 0 {
		t.Errorf("the log had %d bytes and has %d", before, after)
	}
	s.Must("/add", "")
}
