package groupcommit

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	lib "modernc.org/sqlite/lib"
)

const forever = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"

func TestATransactionIsIsolated(t *testing.T) {
	t.Parallel()
	db, g, plain := openNew(t, Options{})
	tx := begin(t, db)
	mustExec(t, tx, insertLog, "a")
	done := queueCalls(t, db, g, insert("b"))
	if got := count(t, plain, "%"); got != 0 {
		t.Errorf("%d rows are visible before the commit", got)
	}
	mustExec(t, tx, insertLog, "c")
	if err := tx.Commit(); err != nil {
		t.Error(err)
	}
	<-done
	if got := order(t, plain); got != "acb" {
		t.Errorf("rows %q, want acb: nothing runs in somebody else's transaction", got)
	}
}

func TestARollbackUndoesItsTransactionOnly(t *testing.T) {
	t.Parallel()
	db, _, plain := openNew(t, Options{})
	mustExec(t, db, insertLog, "a")
	ctx, cancel := context.WithCancel(t.Context())
	for _, undo := range []func(*sql.Tx){func(tx *sql.Tx) { tx.Rollback() }, func(*sql.Tx) { cancel() }} {
		tx, err := db.BeginTx(ctx, nil)
		if err != nil {
			t.Fatal(err)
		}
		mustExec(t, tx, insertLog, "b")
		undo(tx)
		mustExec(t, db, insertLog, "c") // waits for the rollback
		mustExec(t, db, "DELETE FROM log WHERE who = 'c'")
	}
	if got := order(t, plain); got != "a" {
		t.Errorf("rows %q, want a", got)
	}
}

func TestRowsCanBeReadWithinATransaction(t *testing.T) {
	t.Parallel()
	db, _, _ := openNew(t, Options{})
	mustExec(t, db, "INSERT INTO log (who) VALUES ('a'), ('b'), ('c')")
	tx := begin(t, db)
	defer tx.Rollback()
	const query = "SELECT who FROM log ORDER BY id"
	mustExec(t, tx, query) // so that it is kept
	outer, err := tx.Query(query)
	if err != nil {
		t.Fatal(err)
	}
	pairs := ""
	for outer.Next() {
		inner, err := tx.Query(query) // the same text while the first is open
		if err != nil {
			t.Fatal(err)
		}
		var a, b string
		if err := outer.Scan(&a); err != nil {
			t.Fatal(err)
		}
		for inner.Next() {
			if err := inner.Scan(&b); err != nil {
				t.Fatal(err)
			}
			pairs += a + b + " "
		}
		inner.Close()
	}
	if want := "aa ab ac ba bb bc ca cb cc "; pairs != want || outer.Err() != nil {
		t.Errorf("pairs %q, %v, want %q", pairs, outer.Err(), want)
	}
}

func TestAPreparedStatementRunsInAndOutsideTransactions(t *testing.T) {
	t.Parallel()
	db, _, plain := openNew(t, Options{})
	if _, err := db.Prepare("INSERT INTO nowhere VALUES (1)"); code(err) != lib.SQLITE_ERROR {
		t.Errorf("preparing nonsense: %v, want SQLITE_ERROR", err)
	}
	s, err := db.Prepare(insertLog)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	tx := begin(t, db)
	if _, err := tx.Stmt(s).Exec("a"); err != nil {
		t.Error(err)
	}
	if _, err := tx.Prepare("INSERT INTO nowhere VALUES (1)"); code(err) != lib.SQLITE_ERROR {
		t.Errorf("preparing nonsense in a transaction: %v, want SQLITE_ERROR", err)
	}
	if err := tx.Commit(); err != nil {
		t.Error(err)
	}
	if _, err := s.Exec("b"); err != nil {
		t.Error(err)
	}
	if got := order(t, plain); got != "ab" {
		t.Errorf("rows %q, want ab", got)
	}
}

func TestATransactionThatTakesTooLongIsRolledBack(t *testing.T) {
	t.Parallel()
	db, _, plain := openNew(t, Options{MaxTx: time.Second})
	tx := begin(t, db)
	mustExec(t, tx, "INSERT INTO log (who) VALUES ('abandoned'), ('too')")
	rows, err := tx.Query("SELECT who FROM log")
	if err != nil {
		t.Fatal(err)
	}
	mustExec(t, db, insertLog, "waits for its end")
	mustExec(t, db, "VACUUM") // SQLite refuses while rows are open
	if !rows.Next() {
		t.Errorf("rows that were read before are gone: %v", rows.Err())
	}
	rows.Close()
	if _, err := tx.Exec(insertLog, "late"); !errors.Is(err, ErrTxTimeout) {
		t.Errorf("its next statement: %v, want ErrTxTimeout", err)
	}
	if err := tx.Commit(); !errors.Is(err, ErrTxTimeout) {
		t.Errorf("its commit: %v, want ErrTxTimeout", err)
	}
	if got := order(t, plain); got != "waits for its end" {
		t.Errorf("rows %q", got)
	}
}

func TestMaxTxEndsARunningStatement(t *testing.T) {
	t.Parallel()
	db, _, plain := openNew(t, Options{MaxTx: time.Second})
	for _, ctx := range []context.Context{context.Background(), t.Context()} {
		tx := begin(t, db)
		mustExec(t, tx, insertLog, "a")
		if _, err := tx.ExecContext(ctx, forever); !errors.Is(err, ErrTxTimeout) {
			t.Errorf("got %v, want ErrTxTimeout", err)
		}
		if err := tx.Rollback(); !errors.Is(err, ErrTxTimeout) {
			t.Errorf("rollback: %v, want ErrTxTimeout", err)
		}
	}
	mustExec(t, db, insertLog, "after")
	if got := order(t, plain); got != "after" {
		t.Errorf("rows %q, want after", got)
	}
}

func TestAContextEndsAStatementOfATransaction(t *testing.T) {
	t.Parallel()
	db, _, _ := openNew(t, Options{})
	tx := begin(t, db)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := tx.ExecContext(ctx, forever); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want context.DeadlineExceeded", err)
	}
	tx.Rollback()
	mustExec(t, db, insertLog, "after")
}

func TestAFailedCommitOfATransaction(t *testing.T) {
	t.Parallel()
	f, db, _, plain := newFaulty(t, Options{})
	tx := begin(t, db)
	mustExec(t, tx, "INSERT INTO child (log) VALUES (1000)")
	if err := tx.Commit(); code(err) != lib.SQLITE_CONSTRAINT || errors.Is(err, ErrOutcomeUnknown) {
		t.Errorf("deferred foreign key: %v, want a plain SQLITE_CONSTRAINT", err)
	}
	tx = begin(t, db)
	mustExec(t, tx, insertLog, "a")
	f.set(func(_ innerConn, query string, run func() error) error {
		err := run()
		if query == "COMMIT" {
			return codeErr(lib.SQLITE_IOERR)
		}
		return err
	})
	if err := tx.Commit(); !errors.Is(err, ErrOutcomeUnknown) || !errors.Is(err, codeErr(lib.SQLITE_IOERR)) {
		t.Errorf("got %v, want ErrOutcomeUnknown around its cause", err)
	}
	if got := order(t, plain); got != "a" {
		t.Errorf("rows %q, want a", got)
	}
}

func TestCloseAnswersEverybody(t *testing.T) {
	t.Parallel()
	db, g, plain := openNew(t, Options{})
	hold := begin(t, db)
	calls := inserts(20)
	done := queueCalls(t, db, g, calls...)
	closed := make(chan error)
	go func() { closed <- g.Close() }()
	waitFor(t, "Close", func() bool { g.queue.mu.Lock(); defer g.queue.mu.Unlock(); return g.queue.closed })
	if _, err := db.Exec(insertLog, "late"); !errors.Is(err, ErrClosed) {
		t.Errorf("after Close: %v, want ErrClosed", err)
	}
	if err := hold.Commit(); err != nil {
		t.Error(err)
	}
	<-done
	if err := <-closed; err != nil {
		t.Error(err)
	}
	if failed := check(t, plain, calls...); failed != 0 {
		t.Errorf("%d of 20 who waited were not served", failed)
	}
	if err := g.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
	if err := db.Ping(); !errors.Is(err, ErrClosed) {
		t.Errorf("ping: %v, want ErrClosed", err)
	}
}

func TestCloseEndsAnAbandonedTransaction(t *testing.T) {
	t.Parallel()
	db, g, plain := openNew(t, Options{MaxWait: 50 * time.Millisecond, MaxTx: time.Hour})
	tx := begin(t, db)
	mustExec(t, tx, insertLog, "a")
	if err := g.Close(); err != nil {
		t.Error(err)
	}
	if err := tx.Commit(); !errors.Is(err, ErrClosed) {
		t.Errorf("commit: %v, want ErrClosed", err)
	}
	if got := count(t, plain, "%"); got != 0 {
		t.Errorf("%d rows of a transaction that was not committed", got)
	}
}

func TestErrorsOfOpeningShowAtPing(t *testing.T) {
	t.Parallel()
	db, _ := openGroup(t, connector(t, t.TempDir()+"/no/such/dir.db", ""), Options{})
	if err := db.Ping(); code(err) != lib.SQLITE_CANTOPEN {
		t.Errorf("ping: %v, want SQLITE_CANTOPEN", err)
	}
	if _, err := db.Exec("SELECT 1"); code(err) != lib.SQLITE_CANTOPEN {
		t.Errorf("exec: %v, want SQLITE_CANTOPEN", err)
	}
	good, _, _ := openNew(t, Options{})
	if err := good.Ping(); err != nil {
		t.Error(err)
	}
}

// SQLite ends the transaction on some errors, and would then commit each statement
// that follows alone.
func TestNothingOfATransactionThatSQLiteRolledBackIsKept(t *testing.T) {
	t.Parallel()
	interrupt := func(t *testing.T, tx *sql.Tx) {
		var file string
		if err := tx.QueryRow("SELECT file FROM pragma_database_list").Scan(&file); err != nil {
			t.Fatal(err)
		}
		const endless = `
INSERT INTO log (who) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n`
		mustExec(t, tx, "PRAGMA cache_size = 10") // pages: more are written to the log at once
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		done := make(chan error, 1)
		go func() {
			_, err := tx.ExecContext(ctx, endless)
			done <- err
		}()
		waitFor(t, "a write that fills the log", func() bool {
			log, err := os.Stat(file + "-wal")
			return err == nil && log.Size() > 256<<10
		})
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want context.Canceled", err)
		}
	}
	run := func(query string) func(*testing.T, *sql.Tx) {
		return func(_ *testing.T, tx *sql.Tx) { tx.Exec(query) }
	}
	for name, undo := range map[string]func(*testing.T, *sql.Tx){
		"OR ROLLBACK": run("INSERT OR ROLLBACK INTO log (who) VALUES ('x'), ('x')"), "an interrupted write": interrupt,
		"ROLLBACK that looks like ROLLBACK TO": run("ROLLBACK -- back TO nothing"), "a script": run("SELECT 1; ROLLBACK"),
	} {
		for _, shared := range []bool{false, true} {
			if shared && name == "an interrupted write" { // a shared transaction does not end with a context
				continue
			}
			t.Run(fmt.Sprintf("%s, shared %t", name, shared), func(t *testing.T) {
				t.Parallel()
				db, g, plain := openNew(t, patient)
				c := &txCall{run: func(tx *sql.Tx) error {
					mustExec(t, tx, insertLog, "early")
					undo(t, tx)
					if _, err := tx.Exec(insertLog, "late"); !errors.Is(err, sql.ErrTxDone) {
						t.Errorf("the next statement: %v, want sql.ErrTxDone", err)
					}
					return nil
				}}
				if shared {
					if err := share(t, db, g, c); err == nil {
						t.Error("the transaction before it was committed")
					}
				} else {
					c.err = c.do(db)
				}
				if c.err == nil || count(t, plain, "%") != 0 {
					t.Errorf("its commit: %v, rows %q, want an error and none", c.err, order(t, plain))
				}
			})
		}
	}
}
