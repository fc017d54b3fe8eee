package store

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// makeBackup backs the database at path up into a folder of its own.
func makeBackup(t *testing.T, path string) Backup {
	t.Helper()
	b, err := tryBackup(t, path, filepath.Join(t.TempDir(), "backup.db"), BackupOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func tryBackup(t *testing.T, path, to string, o BackupOptions) (Backup, error) {
	t.Helper()
	s, err := OpenReadOnly(t.Context(), path, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	return s.Backup(t.Context(), to, o)
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
	path := newFile(t)
	usedShop(t, path)
	b := makeBackup(t, path)
	if got := names(t, filepath.Dir(b.Path)); !slices.Equal(got, []string{"backup.db"}) {
		t.Errorf("the folder holds %v, want the backup alone", got)
	}
	if got := modeOf(t, b.Path); got != 0o600 {
		t.Errorf("its mode is %v, want 0600", got)
	}
	info, err := os.Stat(b.Path)
	if err != nil || info.Size() != b.Bytes || b.Took <= 0 || b.Broken() != 0 || len(b.Checks) < 10 {
		t.Errorf("backup = %+v, %v", b, err)
	}
	s := openAt(t, b.Path) // as the shop does after a restore
	if n := count(t, s.Read(), "SELECT COUNT(*) FROM orders"); n != 1 {
		t.Errorf("%d orders, want 1", n)
	}
}

func TestABackupReplacesOnlyWhatItIsToldTo(t *testing.T) {
	t.Parallel()
	path, dir := newFile(t), t.TempDir()
	usedShop(t, path)
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
	for to, o := range map[string]BackupOptions{
		"there.db": {}, "used.db": {Force: true}, "log.db": {}, "folder": {Force: true}, "link": {Force: true},
		"twin": {Force: true}, "nowhere/new.db": {Force: true}, "there.db/new.db": {Force: true},
	} {
		if _, err := tryBackup(t, path, at(to), o); err == nil {
			t.Errorf("a backup to %s was made", to)
		}
	}
	for _, to := range []string{path, path + "-wal", path + "-shm", ""} {
		if _, err := tryBackup(t, path, to, BackupOptions{Force: true}); err == nil {
			t.Errorf("a backup to %q was made", to)
		}
	}
	if got := names(t, dir); !slices.Equal(got, before) {
		t.Errorf("the folder holds %v, want %v", got, before)
	}
	if _, err := tryBackup(t, path, at("there.db"), BackupOptions{Force: true}); err != nil {
		t.Errorf("with Force: %v", err)
	}
	if names, text := describe(verified(t, at("there.db"))); names != nil {
		t.Errorf("what replaced the file is no backup:\n%s", text)
	}
}

func TestABackupNeverReplacesWhatCameMeanwhile(t *testing.T) {
	t.Parallel()
	path, to := newFile(t), filepath.Join(t.TempDir(), "backup.db")
	usedShop(t, path)
	_, err := tryBackup(t, path, to, BackupOptions{Progress: func(p BackupProgress) {
		if p.Stage == BackupNaming {
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
	for _, stage := range []BackupStage{BackupCopying, BackupChecking} {
		t.Run(string(stage), func(t *testing.T) {
			t.Parallel()
			path, to := newFile(t), filepath.Join(t.TempDir(), "backup.db")
			usedShop(t, path)
			s, err := OpenReadOnly(t.Context(), path, slog.New(slog.DiscardHandler))
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			ctx, cancel := context.WithCancel(t.Context())
			_, err = s.Backup(ctx, to, BackupOptions{Progress: func(p BackupProgress) {
				if p.Stage == stage {
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
	path, dir := newFile(t), t.TempDir()
	usedShop(t, path)
	left := filepath.Join(dir, "outer.db"+tempSuffix)
	mine := filepath.Join(dir, "unfinished.txt")
	for _, name := range []string{left, mine} {
		if err := os.WriteFile(name, []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var b, inner Backup
	b, err := tryBackup(t, path, filepath.Join(dir, "outer.db"), BackupOptions{Progress: func(p BackupProgress) {
		if p.Stage == BackupChecking {
			var err error
			if inner, err = tryBackup(t, path, filepath.Join(dir, "inner.db"), BackupOptions{}); err != nil {
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

// Of two backups of one name the second is made, and the first one says so.
func TestTwoBackupsOfOneNameAreOne(t *testing.T) {
	t.Parallel()
	path, to := newFile(t), filepath.Join(t.TempDir(), "backup.db")
	usedShop(t, path)
	_, err := tryBackup(t, path, to, BackupOptions{Force: true, Progress: func(p BackupProgress) {
		if p.Stage == BackupNaming {
			if _, err := tryBackup(t, path, to, BackupOptions{}); err != nil {
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
	path, to := newFile(t), filepath.Join(t.TempDir(), "backup.db")
	usedShop(t, path)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	clear(data[5*4096 : 6*4096])
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	b, err := tryBackup(t, path, to, BackupOptions{})
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
	path := newFile(t)
	usedShop(t, path)
	withoutChecks(t, path, "UPDATE products SET stock = -1 WHERE sku = 'tea-towel'; UPDATE sessions SET data = x''")
	b := makeBackup(t, path)
	if names, text := describe(b.Checks); !slices.Equal(names, []string{"rules", "stock", "sessions"}) || b.Broken() != 4 {
		t.Errorf("%d broken, in %v:\n%s", b.Broken(), names, text)
	}
}

func TestADatabaseServerIsNotCopied(t *testing.T) {
	t.Parallel()
	dsn := enginesUnderTest[1].ready(t)
	_, err := tryBackup(t, dsn, filepath.Join(t.TempDir(), "backup.db"), BackupOptions{})
	if err == nil || !strings.Contains(err.Error(), "pg_dump") {
		t.Errorf("Backup = %v, want a hint at pg_dump", err)
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
