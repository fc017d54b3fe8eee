package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"

	"trolley/migrations"
)

// migrationCount is how many migrations this program knows.
func migrationCount(t *testing.T, e engineUnderTest) int {
	t.Helper()
	files, err := fs.Glob(migrations.FS, e.Engine.String()+"/*.sql")
	if err != nil || len(files) == 0 {
		t.Fatalf("no migrations: %v", err)
	}
	return len(files)
}

func TestANewerSchemaIsRefused(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, e engineUnderTest) {
		dsn := e.empty(t)
		s := openAt(t, dsn)
		mustExec(t, s.Write(), "INSERT INTO goose_db_version (version_id, is_applied) VALUES (999, TRUE)")
		s.Close()
		_, err := Open(t.Context(), dsn, slog.New(slog.DiscardHandler))
		ours := strconv.Itoa(migrations.SQLite().Newest())
		if err == nil || !strings.Contains(err.Error(), "version 999") || !strings.Contains(err.Error(), "up to "+ours) {
			t.Errorf("Open = %v, want a refusal that names 999 and %s", err, ours)
		}
	})
}

func TestASecondOpenFindsNothingToDo(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, e engineUnderTest) {
		dsn := e.empty(t)
		var logged bytes.Buffer
		for range 2 {
			s, err := Open(t.Context(), dsn, slog.New(slog.NewTextHandler(&logged, nil)))
			if err != nil {
				t.Fatal(err)
			}
			s.Close()
		}
		if got, want := strings.Count(logged.String(), "database migrated"), migrationCount(t, e); got != want {
			t.Errorf("%d migrations were logged, want %d:\n%s", got, want, &logged)
		}
	})
}

func TestManyStartsOnANewDatabaseMigrateItOnce(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, e engineUnderTest) {
		for trial := range 10 {
			dsn := e.empty(t)
			var started sync.WaitGroup
			errs := make([]error, 4)
			for i := range errs {
				started.Go(func() {
					s, err := Open(t.Context(), dsn, slog.New(slog.DiscardHandler))
					if err == nil {
						err = s.Close()
					}
					errs[i] = err
				})
			}
			started.Wait()
			if err := errors.Join(errs...); err != nil {
				t.Fatalf("trial %d: %v", trial, err)
			}
			expectMigratedOnce(t, e, openAt(t, dsn))
		}
	})
}

func expectMigratedOnce(t *testing.T, e engineUnderTest, s *Store) {
	t.Helper()
	applied := count(t, s.Read(), "SELECT COUNT(*) FROM goose_db_version WHERE version_id > 0")
	if want := migrationCount(t, e); applied != want {
		t.Errorf("%d migrations are recorded, want %d", applied, want)
	}
}

// openInProcess names the database that a process of this test binary opens
// instead of running tests.
const openInProcess = "TROLLEY_TEST_OPEN"

func TestMain(m *testing.M) {
	dsn := os.Getenv(openInProcess)
	if dsn == "" {
		os.Exit(m.Run())
	}
	s, err := Open(context.Background(), dsn, slog.New(slog.DiscardHandler))
	if err == nil {
		err = s.Close()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func TestManyProcessesOnANewDatabaseMigrateItOnce(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, e engineUnderTest) {
		for range 5 {
			dsn := e.empty(t)
			var processes []*exec.Cmd
			for range 4 {
				p := exec.CommandContext(t.Context(), os.Args[0])
				p.Env = append(os.Environ(), openInProcess+"="+dsn)
				p.Stderr = new(bytes.Buffer)
				if err := p.Start(); err != nil {
					t.Fatal(err)
				}
				processes = append(processes, p)
			}
			for _, p := range processes {
				if err := p.Wait(); err != nil {
					t.Errorf("%v: %s", err, p.Stderr)
				}
			}
			expectMigratedOnce(t, e, openAt(t, dsn))
		}
	})
}
