package faults

import (
	"context"
	"database/sql"
	"errors"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"trolley/test/blackbox"
	"trolley/test/proctest"
)

// Two shops sell from one file. One of them is stopped, by a debugger or a machine
// that was put to sleep, in the middle of a commit, and so keeps the lock. The
// other shows its pages and takes nothing; when the first goes on, or is ended,
// both are as if nothing had been.
func TestPausedProcessHoldsUpNobodyForEver(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(testing.TB, *shop){
		"continued": func(t testing.TB, s *shop) { s.Signal(t, syscall.SIGCONT) },
		"killed":    func(_ testing.TB, s *shop) { s.Kill() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			paused := plenty(t, proctest.Quick, blackbox.NewDB(t))
			other := startBuilt(t, proctest.Quick, nil, paused.DB)
			cookie, order := other.begin(t), other.checkout(t)
			var l ledger
			stop := make(chan struct{})
			wait := l.visit(t, paused, 4, stop)
			l.reach(t, 20)
			pauseInACommit(t, paused)
			other.wantPages(t, cookie)
			other.wantRefused(t, cookie)
			if a := order.send(t, other); !a.IsRefused() || a.Took > promptWrite {
				t.Errorf("an order that cannot be stored: status %d, %v, after %v", a.Status, a.Err, a.Took)
			}
			end(t, paused)
			other.wantRecovery(t, cookie)
			order.send(t, other).Want(t, http.StatusSeeOther)
			wantOrders(t, other.DB, order)
			close(stop)
			wait()
			l.wantKept(t, other)
			if name == "continued" {
				l.wantTold(t, other)
				paused.wantRecovery(t, cookie)
				paused.Stop(t)
			}
			blackbox.WantWhole(t, other.DB)
		})
	}
}

// pauseInACommit stops the process at a moment at which it holds the lock.
func pauseInACommit(t testing.TB, s *shop) {
	t.Helper()
	name := url.URL{Scheme: "file", Path: s.DB, RawQuery: "_pragma=busy_timeout(0)"}
	db, err := sql.Open("sqlite", name.String())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	eventually(t, "the process is stopped within a commit", func() bool {
		s.Signal(t, syscall.SIGSTOP)
		eventually(t, "the process is stopped", func() bool { return isStopped(t, s) })
		if isLocked(t.Context(), db) {
			return true
		}
		s.Signal(t, syscall.SIGCONT)
		return false
	})
}

// isStopped says whether the process does nothing any more: a signal takes a moment.
func isStopped(t testing.TB, s *shop) bool {
	t.Helper()
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(s.PID()) + "/stat")
	if err != nil {
		t.Fatal(err)
	}
	_, state, _ := strings.Cut(string(stat), ") ")
	return strings.HasPrefix(state, "T")
}

// isLocked says whether another process holds the lock.
func isLocked(ctx context.Context, db *sql.DB) bool {
	conn, err := db.Conn(ctx)
	if err != nil {
		return false
	}
	defer conn.Close()
	_, err = conn.ExecContext(ctx, "BEGIN IMMEDIATE")
	if err == nil {
		_, err = conn.ExecContext(ctx, "ROLLBACK")
	}
	var failed *sqlite.Error
	return errors.As(err, &failed) && failed.Code() == lib.SQLITE_BUSY
}
