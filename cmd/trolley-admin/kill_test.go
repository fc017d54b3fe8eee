package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"trolley/internal/backup"
	"trolley/internal/sqlite"
)

// backUpUntil makes a backup, and stops for good when it comes to stage.
func backUpUntil(stage backup.Stage, db, to string) int {
	ctx := context.Background()
	from, err := sqlite.OpenReadOnly(ctx, db, slog.New(slog.DiscardHandler))
	if err == nil {
		_, err = backup.Make(ctx, from, to, backup.Options{Force: true, Progress: func(at backup.Stage, _, _ int64) {
			if at == stage {
				fmt.Println("here")
				select {}
			}
		}})
	}
	fmt.Println("finished:", err)
	return 1
}

// F20: whatever a kill leaves, nobody takes it for a backup, and the next one
// puts it away.
func TestAKilledBackupLeavesNothingThatLooksLikeOne(t *testing.T) {
	t.Parallel()
	for _, stage := range []backup.Stage{backup.Copying, backup.Checking, backup.Naming} {
		t.Run(string(stage), func(t *testing.T) {
			t.Parallel()
			db, to := usedShop(t), filepath.Join(t.TempDir(), "backup.db")
			killBackup(t, stage, db, to)
			left := filesOf(t, filepath.Dir(to))
			if len(left) == 0 || slices.ContainsFunc(left, func(name string) bool { return !strings.Contains(name, "unfinished") }) {
				t.Fatalf("the kill left %v, want a file that says unfinished", left)
			}
			another := filepath.Join(filepath.Dir(to), "another.db")
			d := admin(t, db, "backup", another)
			if d.code != 0 || !strings.Contains(d.stderr, left[0]+" is no backup") {
				t.Errorf("a backup of another name: %+v; want it to tell of %s", d, left[0])
			}
			if err := os.Remove(another); err != nil {
				t.Fatal(err)
			}
			d = admin(t, db, "backup", to)
			if d.code != 0 || !strings.Contains(d.stderr, left[0]) {
				t.Errorf("the next backup: %+v; want it to say that it removed %s", d, left[0])
			}
			if got := filesOf(t, filepath.Dir(to)); len(got) != 1 || got[0] != "backup.db" {
				t.Errorf("the folder holds %v, want the backup alone", got)
			}
			must(t, admin(t, db, "verify", to))
		})
	}
}

func TestAKilledBackupLeavesTheOlderOne(t *testing.T) {
	t.Parallel()
	db, to := usedShop(t), filepath.Join(t.TempDir(), "backup.db")
	must(t, admin(t, db, "backup", to))
	before, err := os.Stat(to)
	if err != nil {
		t.Fatal(err)
	}
	killBackup(t, backup.Naming, db, to)
	if after, err := os.Stat(to); err != nil || !os.SameFile(before, after) {
		t.Errorf("the older backup is no longer there: %v", err)
	}
	must(t, admin(t, db, "verify", to))
}

// killBackup kills a process with SIGKILL in the middle of its backup.
func killBackup(t *testing.T, stage backup.Stage, db, to string) {
	t.Helper()
	if !kill(t, stopAt+"="+string(stage), db, to) {
		t.Errorf("the backup was finished before it came to %s", stage)
	}
}

// kill runs this test binary as a process that stops for good where env says,
// and kills it there with SIGKILL. It reports false where it ended before.
func kill(t *testing.T, env string, args ...string) bool {
	t.Helper()
	p := exec.CommandContext(t.Context(), os.Args[0], args...)
	p.Env = append(os.Environ(), env)
	out, err := p.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if line != "here\n" && line != "finished: <nil>\n" {
		t.Errorf("the process said %q, %v", line, err)
	}
	if err := p.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		t.Error(err)
	}
	_ = p.Wait() // it was killed
	return line == "here\n"
}

func filesOf(t *testing.T, dir string) (names []string) {
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
