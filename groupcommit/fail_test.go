package groupcommit

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
	"testing"

	lib "modernc.org/sqlite/lib"
)

// check compares what each call was told with what is in the database.
func check(t *testing.T, plain *sql.DB, calls ...*call) (failed int) {
	t.Helper()
	for _, c := range calls {
		want := 1
		if c.err != nil {
			want, failed = 0, failed+1
		}
		if got := count(t, plain, c.args[0].(string)); got != want {
			t.Errorf("%s: there are %d rows of a statement that was answered with %v", c.args[0], got, c.err)
		}
	}
	return failed
}

func TestAFailingStatementFailsAlone(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		bad  *call
		code int
	}{
		{"constraint", &call{query: insertLog, args: []any{"a"}}, 19},
		{"syntax", &call{query: "INSERT INTO log (who) VALUES (?", args: []any{"bad"}}, 1},
		{"no such table", &call{query: "INSERT INTO nowhere (who) VALUES (?)", args: []any{"bad"}}, 1},
		{"OR ROLLBACK", &call{query: "INSERT OR ROLLBACK INTO log (who) VALUES (?), ('a')", args: []any{"bad"}}, 19},
		{"deferred foreign key", &call{query: "INSERT INTO child (log) VALUES (length(?) + 1000)", args: []any{"bad"}}, 19},
		{"missing parameter", &call{query: "INSERT INTO log (who) VALUES (? || ?)", args: []any{"bad"}}, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			db, g, plain := openNew(t, Options{})
			a, b, c := insert("a"), insert("b"), insert("c")
			together(t, db, g, a, test.bad, b, c)
			if test.bad.err == nil || code(test.bad.err) != test.code || errors.Is(test.bad.err, ErrOutcomeUnknown) {
				t.Errorf("the bad statement got %v, want code %d", test.bad.err, test.code)
			}
			if failed := check(t, plain, a, b, c); failed != 0 {
				t.Errorf("%d of its neighbours failed with it: %v %v %v", failed, a.err, b.err, c.err)
			}
			if got := count(t, plain, "%"); got != 3 {
				t.Errorf("%d rows, want 3", got)
			}
		})
	}
}

func TestAFullDatabaseGivesNobodyAFalseSuccess(t *testing.T) {
	t.Parallel()
	name := newFile(t)
	db, g := openGroup(t, connector(t, name, "_pragma=max_page_count(40)"), Options{})
	plain := openPlain(t, name, "")
	var calls []*call
	for i := range 30 {
		calls = append(calls, &call{query: "INSERT INTO log (who, data) VALUES (?, ?)",
			args: []any{fmt.Sprint(i), make([]byte, 10_000)}})
	}
	calls[20].args[1] = make([]byte, 1)
	together(t, db, g, calls...)
	failed := check(t, plain, calls...)
	if failed == 0 || failed == len(calls) {
		t.Errorf("%d of %d failed: the test shows nothing", failed, len(calls))
	}
	for _, c := range calls {
		if c.err != nil && code(c.err) != lib.SQLITE_FULL {
			t.Errorf("%s: %v, want SQLITE_FULL", c.args[0], c.err)
		}
	}
}

// newFaulty opens a Group whose statements can be made to fail.
func newFaulty(t *testing.T, o Options) (*faulty, *sql.DB, *Group, *sql.DB) {
	t.Helper()
	name := newFile(t)
	f := &faulty{Connector: connector(t, name, "")}
	db, g := openGroup(t, f, o)
	return f, db, g, openPlain(t, name, "")
}

func inserts(n int) []*call {
	calls := make([]*call, n)
	for i := range calls {
		calls[i] = insert(fmt.Sprint(i))
	}
	return calls
}

func TestAFailedCommitFailsItsWholeGroup(t *testing.T) {
	t.Parallel()
	f, db, g, plain := newFaulty(t, Options{})
	f.set(func(_ innerConn, query string, run func() error) error {
		if query == "COMMIT" {
			return codeErr(lib.SQLITE_IOERR) // and the transaction stays open
		}
		return run()
	})
	calls := append(inserts(10), insert("0")) // the last violates UNIQUE
	together(t, db, g, calls...)
	for _, c := range calls[:10] {
		if c.err != codeErr(lib.SQLITE_IOERR) {
			t.Errorf("%s was answered with %v, want the error of COMMIT alone", c.args[0], c.err)
		}
	}
	if code(calls[10].err) != lib.SQLITE_CONSTRAINT {
		t.Errorf("the failed statement was answered with %v, want its own error", calls[10].err)
	}
	if got := count(t, plain, "%"); got != 0 {
		t.Errorf("%d rows of a group that was rolled back", got)
	}
	f.set(func(_ innerConn, _ string, run func() error) error { return run() })
	mustExec(t, db, insertLog, "after") // the connection is clean again
}

func TestACommitThatMayHaveHappenedIsUnknown(t *testing.T) {
	t.Parallel()
	for _, cause := range []error{codeErr(lib.SQLITE_IOERR), driver.ErrBadConn, errors.New("no code")} {
		t.Run(cause.Error(), func(t *testing.T) {
			t.Parallel()
			f, db, g, plain := newFaulty(t, Options{})
			f.set(func(_ innerConn, query string, run func() error) error {
				err := run()
				if query == "COMMIT" {
					err = cause
				}
				return err
			})
			calls := inserts(10)
			together(t, db, g, append(calls, insert("0"))...)
			for _, c := range calls {
				if !errors.Is(c.err, ErrOutcomeUnknown) {
					t.Errorf("%s was answered with %v, want ErrOutcomeUnknown", c.args[0], c.err)
				}
				if errors.Is(c.err, driver.ErrBadConn) {
					t.Errorf("%v makes database/sql run the statement again", c.err)
				}
			}
			if got := count(t, plain, "%"); got != 10 {
				t.Errorf("%d rows, want 10, each once", got)
			}
		})
	}
}

// The disk may say on the second try that all is well, without having written
// what it could not write on the first.
func TestAfterAFailedFsyncNothingIsWritten(t *testing.T) {
	t.Parallel()
	const fsync = codeErr(lib.SQLITE_IOERR_FSYNC)
	f, db, g, plain := newFaulty(t, Options{})
	mustExec(t, db, insertLog, "before")
	f.set(func(_ innerConn, query string, run func() error) error {
		if query == "COMMIT" {
			return errors.Join(run(), fsync)
		}
		return run()
	})
	if _, err := db.Exec(insertLog, "doubtful"); !errors.Is(err, ErrOutcomeUnknown) || !errors.Is(err, fsync) {
		t.Errorf("a commit that was not synced is answered with %v, want ErrOutcomeUnknown around its cause", err)
	}
	f.set(func(_ innerConn, _ string, run func() error) error { return run() })
	if _, err := db.Exec(insertLog, "late"); !errors.Is(err, ErrNotSynced) {
		t.Errorf("the next statement is answered with %v, want ErrNotSynced", err)
	}
	if tx, err := db.Begin(); !errors.Is(err, ErrNotSynced) {
		t.Errorf("a transaction begins: %v, %v", tx, err)
	}
	if err := g.Err(); !errors.Is(err, fsync) {
		t.Errorf("Err is %v", err)
	}
	if err := db.Close(); err != nil {
		t.Error(err)
	}
	if got := count(t, plain, "late"); got != 0 {
		t.Errorf("%d rows of a statement that was refused", got)
	}
}

func TestAFailedFsyncOutsideATransactionIsFinal(t *testing.T) {
	t.Parallel()
	const fsync = codeErr(lib.SQLITE_IOERR_FSYNC)
	f, db, g, _ := newFaulty(t, Options{})
	f.set(func(_ innerConn, query string, run func() error) error {
		if strings.HasPrefix(query, "CREATE") {
			return errors.Join(run(), fsync)
		}
		return run()
	})
	if _, err := db.Exec("CREATE TABLE t (x)"); !errors.Is(err, fsync) {
		t.Errorf("got %v", err)
	}
	if _, err := db.Exec(insertLog, "late"); !errors.Is(err, ErrNotSynced) || !errors.Is(g.Err(), fsync) {
		t.Errorf("the next statement: %v, want ErrNotSynced; Err is %v", err, g.Err())
	}
}

func TestAnAbortedGroupGivesNobodyAFalseSuccess(t *testing.T) {
	t.Parallel()
	tests := map[string]func(conn innerConn, run func() error) error{
		"SQLite rolled everything back": func(conn innerConn, _ func() error) error {
			_, err := conn.ExecContext(t.Context(), "ROLLBACK", nil)
			return errors.Join(err, codeErr(lib.SQLITE_IOERR))
		},
		"the connection went bad": func(innerConn, func() error) error { return driver.ErrBadConn },
		"the driver panicked":     func(innerConn, func() error) error { panic("boom") },
	}
	for name, fail := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, db, g, plain := newFaulty(t, Options{})
			calls := inserts(10)
			calls[4].query += " -- bad"
			f.set(func(conn innerConn, query string, run func() error) error {
				if strings.HasSuffix(query, "bad") {
					return fail(conn, run)
				}
				return run()
			})
			together(t, db, g, calls...)
			if failed := check(t, plain, calls...); failed != 1 || calls[4].err == nil {
				t.Errorf("%d statements failed, want the bad one alone; it got %v", failed, calls[4].err)
			}
			if g.Stats().Retried == 0 {
				t.Error("the group was not aborted: the test shows nothing")
			}
		})
	}
}

func TestWhoLeftIsNotRunAgain(t *testing.T) {
	t.Parallel()
	f, db, g, plain := newFaulty(t, Options{})
	ctx, cancel := context.WithCancel(t.Context())
	f.set(func(conn innerConn, query string, run func() error) error {
		if strings.HasSuffix(query, "bad") {
			cancel() // while its neighbour is running in the same group
			return driver.ErrBadConn
		}
		return run()
	})
	hold := begin(t, db)
	left := make(chan error)
	go func() { _, err := db.ExecContext(ctx, insertLog, "left"); left <- err }()
	waitFor(t, "a statement in the queue", func() bool { return g.Stats().Waiting == 1 })
	done := queueCalls(t, db, g, &call{query: insertLog + " -- bad", args: []any{"bad"}}, insert("stays"))
	hold.Rollback()
	if err := <-left; !errors.Is(err, context.Canceled) {
		t.Errorf("left with %v, want context.Canceled", err)
	}
	<-done
	if got := order(t, plain); got != "stays" {
		t.Errorf("rows %q, want only the one that stayed", got)
	}
}

func TestAPanicOfTheDriverIsAnError(t *testing.T) {
	t.Parallel()
	f, db, g, _ := newFaulty(t, Options{})
	f.set(func(_ innerConn, query string, run func() error) error {
		if strings.HasSuffix(query, "bad") {
			panic("boom")
		}
		return run()
	})
	_, err := db.Exec(insertLog+" -- bad", "a")
	var p *PanicError
	if !errors.As(err, &p) || p.Value != "boom" || len(p.Stack) == 0 {
		t.Errorf("got %v, want the panic", err)
	}
	tx := begin(t, db)
	if _, err := tx.Exec(insertLog+" -- bad", "a"); !errors.As(err, &p) {
		t.Errorf("in a transaction: got %v, want the panic", err)
	}
	if err := tx.Commit(); err == nil {
		t.Error("a transaction was committed on a connection that panicked")
	}
	if _, err := db.Exec("SELECT 1 -- bad"); !errors.As(err, &p) {
		t.Errorf("a read: got %v, want the panic", err)
	}
	tx = begin(t, db)
	mustExec(t, tx, insertLog, "after")
	if err := tx.Commit(); err != nil {
		t.Errorf("the next commit: %v", err)
	}
	if got := g.Stats().Opened; got != 4 {
		t.Errorf("%d connections were opened, want one more for each panic", got)
	}
}

func TestTheRealConnectionIsReopened(t *testing.T) {
	t.Parallel()
	f, db, g, plain := newFaulty(t, Options{})
	left := 2
	f.set(func(_ innerConn, query string, run func() error) error {
		if left > 0 && query == insertLog {
			left--
			return driver.ErrBadConn
		}
		return run()
	})
	mustExec(t, db, insertLog, "a") // database/sql tries again
	if got, opened := count(t, plain, "a"), g.Stats().Opened; got != 1 || opened != 3 {
		t.Errorf("%d rows, %d connections, want 1 and 3", got, opened)
	}
}

func TestABeginThatTookEffectAndFailedLeavesNothingOpen(t *testing.T) {
	t.Parallel()
	f, db, _, plain := newFaulty(t, Options{})
	f.set(func(_ innerConn, query string, run func() error) error {
		err := run()
		if query == beginTx {
			return codeErr(lib.SQLITE_BUSY)
		}
		return err
	})
	if _, err := db.Exec(insertLog, "a"); !errors.Is(err, ErrBusy) {
		t.Errorf("got %v, want ErrBusy", err)
	}
	mustExec(t, plain, insertLog, "b") // the lock is free
	if got := order(t, plain); got != "b" {
		t.Errorf("rows %q, want b", got)
	}
}

func TestTransactionControlIsRefused(t *testing.T) {
	t.Parallel()
	db, _, plain := openNew(t, Options{})
	for _, query := range []string{"BEGIN", " begin immediate", "COMMIT", "END", "ROLLBACK", "SAVEPOINT a", "RELEASE a",
		"/* x */ BEGIN", "\ufeffBEGIN", "BEGIN; INSERT INTO log (who) VALUES ('a')"} {
		if _, err := db.Exec(query); !errors.Is(err, ErrTransactionControl) {
			t.Errorf("%q: %v, want ErrTransactionControl", query, err)
		}
	}
	mustExec(t, db, "BEGIN; INSERT INTO log (who) VALUES ('b'); COMMIT")
	mustExec(t, db, insertLog, "c")
	if got := order(t, plain); got != "bc" {
		t.Errorf("rows %q, want bc", got)
	}
}

func TestStatementsThatNeedNoTransactionRunAlone(t *testing.T) {
	t.Parallel()
	db, g, _ := openNew(t, Options{})
	var calls []*call
	for _, query := range []string{"PRAGMA wal_checkpoint(TRUNCATE)", "VACUUM", "ATTACH ':memory:' AS m", "DETACH m",
		"PRAGMA foreign_keys = 0", "CREATE TABLE x (a)", "INSERT INTO x VALUES (1); INSERT INTO x VALUES (2)"} {
		calls = append(calls, &call{query: query})
	}
	together(t, db, g, append(calls, inserts(3)...)...)
	for _, c := range calls {
		if c.err != nil {
			t.Errorf("%s: %v", c.query, c.err)
		}
	}
	var on, n int
	if err := db.QueryRow("PRAGMA foreign_keys").Scan(&on); err != nil || on != 0 {
		t.Errorf("foreign_keys = %d, %v, want 0", on, err)
	}
	if err := db.QueryRow("SELECT count(*) FROM x").Scan(&n); err != nil || n != 2 {
		t.Errorf("the script inserted %d rows, %v, want 2", n, err)
	}
}
