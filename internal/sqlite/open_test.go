package sqlite

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestDatabaseFilesAreForTheirOwnerOnly(t *testing.T) {
	t.Parallel()
	path := newFile(t)
	s := openAt(t, path)
	mustExec(t, s.Write, "UPDATE products SET stock = 1")
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if got := modeOf(t, path+suffix); got != 0o600 {
			t.Errorf("mode of trolley.db%s is %v, want 0600", suffix, got)
		}
	}
}

func TestAFileThatOthersCanReadIsTightened(t *testing.T) {
	t.Parallel()
	path := newFile(t)
	openAt(t, path).Close()
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	var logged bytes.Buffer
	s, err := Open(t.Context(), path, slog.New(slog.NewTextHandler(&logged, nil)))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if got := modeOf(t, path); got != 0o600 {
		t.Errorf("mode is %v, want 0600", got)
	}
	if !strings.Contains(logged.String(), "-rw-r--r--") {
		t.Errorf("the change was not logged: %s", &logged)
	}
}

func modeOf(t *testing.T, path string) fs.FileMode {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode().Perm()
}

// Each name was chosen for what a URI, a DSN or SQL would make of it.
var oddNames = []string{
	"two words.db", "what?.db", "what?cache=shared", "a#b.db", "50%.db", "%41%3F.db", "a+b.db", "a&b=c;d.db",
	"it's.db", `"quoted".db`, "ünï ☃.db", "line\nbreak.db", "-dash.db", ":memory:.db", "colon:.db", "ends with ?",
}

func TestOddFileNamesAreJustNames(t *testing.T) {
	t.Parallel()
	for _, name := range oddNames {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			s := openAt(t, filepath.Join(dir, name))
			mustExec(t, s.Write, "UPDATE products SET stock = 17")
			s.Close()
			entries, err := os.ReadDir(dir)
			if err != nil {
				t.Fatal(err)
			}
			if len(entries) != 1 || entries[0].Name() != name {
				t.Fatalf("the folder holds %v, want %q alone", entries, name)
			}
			if n := count(t, openAt(t, filepath.Join(dir, name)).Read, "SELECT MAX(stock) FROM products"); n != 17 {
				t.Errorf("the stock is %d, want 17", n)
			}
		})
	}
}

func TestAFileURINamesTheSameFileAsItsPath(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "two words.db")
	openAt(t, path).Close()
	for _, uri := range []string{"file:" + path, "file://" + path,
		"file://localhost" + strings.ReplaceAll(path, " ", "%20")} {
		got, err := parsePath(uri)
		if err != nil || got != path {
			t.Errorf("parsePath(%q) = %q, %v; want %q", uri, got, err, path)
		}
	}
}

func TestWhatIsNoFileIsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	dangling := filepath.Join(dir, "link.db")
	if err := os.Symlink(filepath.Join(dir, "nothing.db"), dangling); err != nil {
		t.Fatal(err)
	}
	for dsn, want := range map[string]string{
		"":                                "no name",
		":memory:":                        "in memory",
		"file::memory:":                   "in memory",
		"file::memory:?cache=shared":      "in memory",
		"file:x.db?mode=memory":           "in memory",
		"x.db?mode=memory":                "in memory",
		"file:/x?vfs=memdb":               "in memory",
		"file:x.db?_synchronous=OFF":      "options",
		"file://elsewhere/x.db":           "this machine",
		"a\x00b.db":                       "NUL",
		"mysql://localhost/shop":          "mysql",
		"sqlite:trolley.db":               "sqlite:",
		"POSTGRES://u:secret@h/d":         "another kind",
		"host=h password=secret dbname=d": "another kind",
		"connect_timeout=3 host=h":        "another kind",
		`"postgres://u:secret@h/d"`:       "another kind",
		" dbname = d password=secret":     "another kind",
		"http://localhost/shop.db":        "another kind",
		"trolley.db-wal":                  "part of another",
		"file:trolley.db-shm":             "part of another",
		"trolley.db-journal":              "part of another",
		dir:                               "not a regular file",
		dangling:                          "no such file",
		filepath.Join(dir, "no", "where"): "no such file",
	} {
		s, err := Open(t.Context(), dsn, slog.New(slog.DiscardHandler))
		if err == nil {
			s.Close()
			t.Errorf("Open(%q) succeeded", dsn)
			continue
		}
		if !strings.Contains(err.Error(), want) || strings.ContainsAny(err.Error(), "\n") ||
			strings.Contains(err.Error(), "secret") {
			t.Errorf("Open(%q) = %q, want one line with %q", dsn, err, want)
		}
	}
}

func TestDamagedFilesAreRefusedWithAdvice(t *testing.T) {
	t.Parallel()
	root := count(t, openNew(t).Read, "SELECT rootpage FROM sqlite_schema WHERE name = 'ended_sessions'")
	endedAt := (root - 1) * 4096 // a table that the start has no need of
	for name, c := range map[string]struct {
		damage func(whole []byte) []byte
		want   string
	}{
		"text":      {func([]byte) []byte { return bytes.Repeat([]byte("no database\n"), 1000) }, "not a SQLite database"},
		"a note":    {func([]byte) []byte { return []byte("milk, bread") }, "not a SQLite database"},
		"cut short": {func(whole []byte) []byte { return whole[:len(whole)/2] }, "put a backup in its place"},
		"bad page":  {func(whole []byte) []byte { return overwrite(whole, 4096, 8192) }, "put a backup in its place"},
		"bad table": {func(whole []byte) []byte { return overwrite(whole, endedAt, endedAt+4096) },
			"put a backup in its place"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := newFile(t)
			openAt(t, path).Close()
			whole, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			damaged := c.damage(whole)
			if err := os.WriteFile(path, damaged, 0o600); err != nil {
				t.Fatal(err)
			}
			_, err = Open(t.Context(), path, slog.New(slog.DiscardHandler))
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("Open = %v, want one line with %q", err, c.want)
			}
			if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, damaged) {
				t.Errorf("the damaged file was changed (%v)", err)
			}
		})
	}
}

func overwrite(whole []byte, from, to int) []byte {
	for i := from; i < to; i++ {
		whole[i] = 0xa5
	}
	return whole
}

// A start finds what would refuse every visitor's session, and leaves nothing behind.
func TestAShopThatCannotStoreASessionDoesNotStart(t *testing.T) {
	t.Parallel()
	path := newFile(t)
	s := openAt(t, path)
	mustExec(t, s.Write, "CREATE TRIGGER full BEFORE INSERT ON sessions BEGIN SELECT RAISE(ABORT, 'no more of them'); END")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s, err := Open(t.Context(), path, slog.New(slog.DiscardHandler))
	if err == nil {
		s.Close()
	}
	if err == nil || !strings.Contains(err.Error(), "no more of them") {
		t.Errorf("Open = %v, want what the trigger says", err)
	}
	guest, err := OpenExisting(t.Context(), path, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer guest.Close()
	mustExec(t, guest.Write, "DROP TRIGGER full")
	if n := count(t, openAt(t, path).Read, "SELECT COUNT(*) FROM sessions"); n != 0 {
		t.Errorf("%d sessions are left of the try", n)
	}
}

// A first start that cannot fill its database leaves no file.
func TestAFirstStartThatFailsLeavesNoFile(t *testing.T) {
	t.Parallel()
	path := newFile(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Open(ctx, path, slog.New(slog.DiscardHandler)); !errors.Is(err, context.Canceled) {
		t.Errorf("Open = %v, want it cancelled", err)
	}
	left, err := filepath.Glob(path + "*")
	if err != nil || len(left) > 0 {
		t.Errorf("%q are left, %v", left, err)
	}
	// One that was there stays, whatever becomes of the start.
	if err := create(path); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(ctx, path, slog.New(slog.DiscardHandler)); err == nil || !exists(path) {
		t.Errorf("Open = %v, and the file is there: %v", err, exists(path))
	}
}
