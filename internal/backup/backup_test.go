package backup

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"trolley/internal/sqlite"
	"trolley/internal/store"
	"trolley/internal/verify"
	"trolley/test/minishop"
)

// makeBackup backs the database at path up into a folder of its own.
func makeBackup(t *testing.T, path string) Backup {
	t.Helper()
	b, err := tryBackup(t, path, filepath.Join(t.TempDir(), "backup.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func tryBackup(t *testing.T, path, to string, o Options) (Backup, error) {
	t.Helper()
	from, err := sqlite.OpenReadOnly(t.Context(), path, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	return Make(t.Context(), from, to, o)
}

// names returns the names of the files in a folder.
func names(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestABackupIsOnePrivateCheckedFile(t *testing.T) {
	t.Parallel()
	path := minishop.SQLite.New(t)
	minishop.Used(t, path)
	b := makeBackup(t, path)
	if got := names(t, filepath.Dir(b.Path)); !slices.Equal(got, []string{"backup.db"}) {
		t.Errorf("the folder holds %v, want the backup alone", got)
	}
	info, err := os.Stat(b.Path)
	if err == nil && info.Mode().Perm() != 0o600 {
		t.Errorf("its mode is %v, want 0600", info.Mode())
	}
	if err != nil || info.Size() != b.Bytes || b.Took <= 0 || b.Broken() != 0 || len(b.Checks) < 10 {
		t.Errorf("backup = %+v, %v", b, err)
	}
	s := minishop.OpenStore(t, b.Path) // as the shop does after a restore
	if n := minishop.Count(t, s.Read(), "SELECT COUNT(*) FROM orders"); n != 1 {
		t.Errorf("%d orders, want 1", n)
	}
}

func TestABackupReplacesOnlyWhatItIsToldTo(t *testing.T) {
	t.Parallel()
	path, dir := minishop.SQLite.New(t), t.TempDir()
	minishop.Used(t, path)
	at := func(name string) string { return filepath.Join(dir, name) }
	for _, name := range []string{"there.db", "used.db", "used.db-wal", "log.db-wal"} {
		if err := os.WriteFile(at(name), []byte("precious"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(os.Mkdir(at("folder"), 0o700), os.Symlink(path, at("link")), os.Link(path, at("twin"))); err != nil {
		t.Fatal(err)
	}
	before := names(t, dir)
	for to, o := range map[string]Options{
		"there.db": {}, "used.db": {Force: true}, "log.db": {}, "folder": {Force: true}, "link": {Force: true},
		"twin": {Force: true}, "nowhere/new.db": {Force: true}, "there.db/new.db": {Force: true},
	} {
		if _, err := tryBackup(t, path, at(to), o); err == nil {
			t.Errorf("a backup to %s was made", to)
		}
	}
	for _, to := range []string{path, path + "-wal", path + "-shm", ""} {
		if _, err := tryBackup(t, path, to, Options{Force: true}); err == nil {
			t.Errorf("a backup to %q was made", to)
		}
	}
	if got := names(t, dir); !slices.Equal(got, before) {
		t.Errorf("the folder holds %v, want %v", got, before)
	}
	if _, err := tryBackup(t, path, at("there.db"), Options{Force: true}); err != nil {
		t.Errorf("with Force: %v", err)
	}
	if names, text := describe(verified(t, at("there.db"))); names != nil {
		t.Errorf("what replaced the file is no backup:\n%s", text)
	}
}

func TestABackupNeverReplacesWhatCameMeanwhile(t *testing.T) {
	t.Parallel()
	path, to := minishop.SQLite.New(t), filepath.Join(t.TempDir(), "backup.db")
	minishop.Used(t, path)
	_, err := tryBackup(t, path, to, Options{Progress: func(stage Stage, _, _ int64) {
		if stage == Naming {
			if err := os.WriteFile(to, []byte("precious"), 0o600); err != nil {
				t.Error(err)
			}
		}
	}})
	if err == nil {
		t.Error("the backup was made")
	}
	if data, err := os.ReadFile(to); string(data) != "precious" {
		t.Errorf("the file holds %d other bytes, %v", len(data), err)
	}
	if got := names(t, filepath.Dir(to)); len(got) != 1 {
		t.Errorf("the folder holds %v", got)
	}
}

func TestAnInterruptedBackupLeavesNothing(t *testing.T) {
	t.Parallel()
	for _, stage := range []Stage{Copying, Checking} {
		t.Run(string(stage), func(t *testing.T) {
			t.Parallel()
			path, to := minishop.SQLite.New(t), filepath.Join(t.TempDir(), "backup.db")
			minishop.Used(t, path)
			from, err := sqlite.OpenReadOnly(t.Context(), path, slog.New(slog.DiscardHandler))
			if err != nil {
				t.Fatal(err)
			}
			defer from.Close()
			ctx, cancel := context.WithCancel(t.Context())
			_, err = Make(ctx, from, to, Options{Progress: func(at Stage, _, _ int64) {
				if at == stage {
					cancel()
				}
			}})
			if !errors.Is(err, context.Canceled) {
				t.Errorf("Backup = %v, want context.Canceled", err)
			}
			if got := names(t, filepath.Dir(to)); len(got) != 0 {
				t.Errorf("the folder holds %v", got)
			}
		})
	}
}

func TestLeftoversGoAndBackupsUnderWayStay(t *testing.T) {
	t.Parallel()
	path, dir := minishop.SQLite.New(t), t.TempDir()
	minishop.Used(t, path)
	left := filepath.Join(dir, "outer.db-unfinished")
	mine := filepath.Join(dir, "unfinished.txt")
	for _, name := range []string{left, mine} {
		if err := os.WriteFile(name, []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var b, inner Backup
	b, err := tryBackup(t, path, filepath.Join(dir, "outer.db"), Options{Progress: func(stage Stage, _, _ int64) {
		if stage == Checking {
			var err error
			if inner, err = tryBackup(t, path, filepath.Join(dir, "inner.db"), Options{}); err != nil {
				t.Error(err)
			}
		}
	}})
	if err != nil || b.Removed != left || inner.Removed != "" {
		t.Errorf("removed %q, and then %q, %v; want %s, and nothing", b.Removed, inner.Removed, err, left)
	}
	if got := names(t, dir); !slices.Equal(got, []string{"inner.db", "outer.db", "unfinished.txt"}) {
		t.Errorf("the folder holds %v", got)
	}
}

// The file of another backup that has begun is neither given the name nor removed.
func TestABackupLeavesTheFileOfAnotherAlone(t *testing.T) {
	t.Parallel()
	path, to := minishop.SQLite.New(t), filepath.Join(t.TempDir(), "backup.db")
	minishop.Used(t, path)
	_, err := tryBackup(t, path, to, Options{Progress: func(stage Stage, _, _ int64) {
		if stage == Naming {
			other := errors.Join(os.Remove(to+"-unfinished"), os.WriteFile(to+"-unfinished", []byte("half"), 0o600))
			if other != nil {
				t.Error(other)
			}
		}
	}})
	if err == nil {
		t.Error("the backup was made")
	}
	if got := names(t, filepath.Dir(to)); !slices.Equal(got, []string{"backup.db-unfinished"}) {
		t.Errorf("the folder holds %v, want the other backup's file", got)
	}
}

// Of two backups of one name the second is made, and the first one says so.
func TestTwoBackupsOfOneNameAreOne(t *testing.T) {
	t.Parallel()
	path, to := minishop.SQLite.New(t), filepath.Join(t.TempDir(), "backup.db")
	minishop.Used(t, path)
	_, err := tryBackup(t, path, to, Options{Force: true, Progress: func(stage Stage, _, _ int64) {
		if stage == Naming {
			if _, err := tryBackup(t, path, to, Options{}); err != nil {
				t.Error(err)
			}
		}
	}})
	if err == nil {
		t.Error("both were made")
	}
	if got := names(t, filepath.Dir(to)); !slices.Equal(got, []string{"backup.db"}) {
		t.Errorf("the folder holds %v", got)
	}
	if names, text := describe(verified(t, to)); names != nil {
		t.Errorf("the backup that was made:\n%s", text)
	}
}

func TestADamagedDatabaseGivesNoBackup(t *testing.T) {
	t.Parallel()
	path, to := minishop.SQLite.New(t), filepath.Join(t.TempDir(), "backup.db")
	minishop.Used(t, path)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	clear(data[5*4096 : 6*4096])
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	b, err := tryBackup(t, path, to, Options{})
	if _, text := describe(b.Checks); !errors.Is(err, ErrDamaged) || text == "" {
		t.Errorf("Backup = %v, want ErrDamaged; it found:\n%s", err, text)
	}
	if got := names(t, filepath.Dir(to)); len(got) != 0 {
		t.Errorf("the folder holds %v", got)
	}
}

// A shop with one wrong row still needs its backups.
func TestABrokenRuleIsReportedWithTheBackup(t *testing.T) {
	t.Parallel()
	path := minishop.SQLite.New(t)
	minishop.Used(t, path)
	minishop.Harm(t, path, "UPDATE products SET stock = -1 WHERE sku = 'tea-towel'; UPDATE sessions SET data = x''")
	b := makeBackup(t, path)
	if names, text := describe(b.Checks); !slices.Equal(names, []string{"rules", "stock", "sessions"}) || b.Broken() != 4 {
		t.Errorf("%d broken, in %v:\n%s", b.Broken(), names, text)
	}
}

// verified returns what a verification says of the database dsn.
func verified(t *testing.T, dsn string) (checks []verify.Check) {
	t.Helper()
	s, err := store.OpenReadOnly(t.Context(), dsn, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	err = verify.Database{DB: s.Read(), File: s.File()}.Verify(t.Context(), func(c verify.Check) { checks = append(checks, c) })
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	return checks
}

// describe returns the names of the checks that found something, and all that
// they found.
func describe(checks []verify.Check) (names []string, text string) {
	for _, c := range checks {
		if c.Wrong > 0 {
			names = append(names, c.Name)
		}
		for _, f := range c.Findings {
			text += fmt.Sprintf("%s: %s [%s]\n", c.Name, f.Text, f.Query)
		}
	}
	return names, text
}
