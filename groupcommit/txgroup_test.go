package groupcommit

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	lib "modernc.org/sqlite/lib"
)

// patient lets transactions share a commit however slow the machine is.
var patient = Options{MaxGather: time.Hour}

// txCall is one transaction and what became of it.
type txCall struct {
	run      func(tx *sql.Tx) error // nil: insert who
	who      string
	rollback bool
	err      error
}

func (c *txCall) do(db *sql.DB) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	if c.run != nil {
		err = c.run(tx)
	} else {
		_, err = tx.Exec(insertLog, c.who)
	}
	if err != nil || c.rollback {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

// queueTx makes transactions wait in the given order. The channel is closed when
// all of them have ended.
func queueTx(tb testing.TB, db *sql.DB, g *Group, calls ...*txCall) <-chan struct{} {
	tb.Helper()
	answers, done, before := make(chan struct{}, len(calls)), make(chan struct{}), g.Stats().Waiting
	for i, c := range calls {
		go func() { c.err = c.do(db); answers <- struct{}{} }()
		waitFor(tb, "a transaction in the queue", func() bool { return g.Stats().Waiting == before+i+1 })
	}
	go func() {
		defer close(done)
		for range calls {
			<-answers
		}
	}()
	return done
}

// share makes the calls follow one another in one transaction of SQLite, behind
// a first one that inserts "first", and returns the error of that one's commit.
func share(tb testing.TB, db *sql.DB, g *Group, calls ...*txCall) error {
	tb.Helper()
	first := begin(tb, db)
	mustExec(tb, first, insertLog, "first")
	done := queueTx(tb, db, g, calls...)
	err := first.Commit()
	<-done
	return err
}

func TestWaitingTransactionsShareOneCommit(t *testing.T) {
	t.Parallel()
	db, g, plain := openNew(t, patient)
	var calls []*txCall
	for i := range 10 {
		calls = append(calls, &txCall{who: fmt.Sprint(i)})
	}
	err := share(t, db, g, calls...)
	for _, c := range calls {
		err = errors.Join(err, c.err)
	}
	if err != nil {
		t.Error(err)
	}
	if got, want := order(t, plain), "first0123456789"; got != want {
		t.Errorf("rows %s, want %s", got, want)
	}
	if s := g.Stats(); s.Transactions != 11 || s.TxCommits != 1 {
		t.Errorf("%d transactions in %d commits, want 11 in 1", s.Transactions, s.TxCommits)
	}
}

func TestASharedCommitIsBounded(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		o       Options
		commits uint64
	}{
		"by number":  {Options{MaxGather: time.Hour, MaxGroup: 2}, 3},
		"by time":    {Options{MaxGather: 1}, 5}, // a nanosecond has always passed
		"not at all": {Options{MaxGather: -1}, 5},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db, g, plain := openNew(t, test.o)
			err := share(t, db, g, &txCall{who: "a"}, &txCall{who: "b"}, &txCall{who: "c"}, &txCall{who: "d"})
			if s := g.Stats(); err != nil || s.TxCommits != test.commits {
				t.Errorf("%d commits, %v, want %d", s.TxCommits, err, test.commits)
			}
			if got := count(t, plain, "%"); got != 5 {
				t.Errorf("%d rows, want 5", got)
			}
		})
	}
}

func TestNoTransactionIsAnsweredBeforeTheSharedCommit(t *testing.T) {
	t.Parallel()
	f, db, g, plain := newFaulty(t, patient)
	var answered, early, seen atomic.Int64
	f.set(func(_ innerConn, query string, run func() error) error {
		if query == "COMMIT" {
			early.Add(answered.Load())
			seen.Add(int64(count(t, plain, "%")))
		}
		return run()
	})
	first := begin(t, db)
	mustExec(t, first, insertLog, "first")
	done := queueTx(t, db, g, &txCall{who: "a"}, &txCall{who: "b", rollback: true}, &txCall{who: "c"})
	err := first.Commit()
	answered.Add(1)
	<-done
	if err != nil || early.Load() != 0 || seen.Load() != 0 {
		t.Errorf("%v; %d were answered and %d rows visible before the commit", err, early.Load(), seen.Load())
	}
	if got := order(t, plain); got != "firstac" {
		t.Errorf("rows %q, want firstac", got)
	}
}

func TestAFailedSharedCommitFailsAllTransactions(t *testing.T) {
	t.Parallel()
	for name, took := range map[string]bool{"and it is certain": false, "and it may have happened": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, db, g, plain := newFaulty(t, patient)
			f.set(func(_ innerConn, query string, run func() error) error {
				if query == "COMMIT" && took {
					return errors.Join(run(), codeErr(lib.SQLITE_IOERR))
				} else if query == "COMMIT" {
					return codeErr(lib.SQLITE_IOERR)
				}
				return run()
			})
			calls := []*txCall{{who: "a"}, {who: "b", rollback: true}, {who: "c"}}
			errs := []error{share(t, db, g, calls...)}
			for _, c := range calls {
				errs = append(errs, c.err)
			}
			for i, err := range errs {
				if !errors.Is(err, codeErr(lib.SQLITE_IOERR)) || errors.Is(err, ErrOutcomeUnknown) != took {
					t.Errorf("transaction %d got %v", i, err)
				}
			}
			want := 0
			if took {
				want = 3
			}
			if got := count(t, plain, "%"); got != want {
				t.Errorf("%d rows, want %d", got, want)
			}
		})
	}
}

func TestATransactionSeesTheEarlierOnesOfItsCommit(t *testing.T) {
	t.Parallel()
	db, g, plain := openNew(t, patient)
	add := func(tx *sql.Tx) error {
		var n int
		err := tx.QueryRow("SELECT count(*) FROM log").Scan(&n)
		if err == nil {
			_, err = tx.Exec(insertLog, fmt.Sprint(n))
		}
		return err
	}
	undo := func(tx *sql.Tx) error { add(tx); return add(tx) }
	calls := []*txCall{{run: add}, {run: undo, rollback: true}, {run: add}, {run: add}}
	if err := share(t, db, g, calls...); err != nil {
		t.Error(err)
	}
	if got := order(t, plain); got != "first123" || g.Stats().TxCommits != 1 {
		t.Errorf("rows %q in %d commits, want first123 in one", got, g.Stats().TxCommits)
	}
}

func TestADeferredForeignKeyFailsItsOwnTransactionOnly(t *testing.T) {
	t.Parallel()
	violate := func(tx *sql.Tx) error {
		_, err := tx.Exec("INSERT INTO child (log) VALUES (1000)")
		return err
	}
	for _, at := range []int{0, 1, 2} {
		db, g, plain := openNew(t, patient)
		calls := []*txCall{{who: "a"}, {who: "b"}, {who: "c"}}
		calls[at] = &txCall{run: violate}
		if err := share(t, db, g, calls...); err != nil {
			t.Errorf("the first: %v", err)
		}
		for i, c := range calls {
			want := map[bool]int{true: lib.SQLITE_CONSTRAINT_FOREIGNKEY}[i == at]
			if extendedCode(c.err) != want || errors.Is(c.err, ErrOutcomeUnknown) {
				t.Errorf("transaction %d got %v, want code %d", i, c.err, want)
			}
		}
		if got := count(t, plain, "%"); got != 3 {
			t.Errorf("%d rows, want 3", got)
		}
	}
	db, g, plain := openNew(t, patient)
	first := begin(t, db)
	mustExec(t, first, "INSERT INTO child (log) VALUES (1000)")
	second := &txCall{who: "a"}
	done := queueTx(t, db, g, second)
	if err := first.Commit(); extendedCode(err) != lib.SQLITE_CONSTRAINT_FOREIGNKEY {
		t.Errorf("the first: %v, want SQLITE_CONSTRAINT_FOREIGNKEY", err)
	}
	if <-done; second.err != nil || order(t, plain) != "a" {
		t.Errorf("the second: %v, rows %q, want a", second.err, order(t, plain))
	}
}

// SQLite rolls back all of a transaction on some errors. The driver cannot run
// the others again, so they are told.
func TestWhenSQLiteRollsBackASharedTransactionAllAreTold(t *testing.T) {
	t.Parallel()
	statement := func(query string) func(tx *sql.Tx) error {
		return func(tx *sql.Tx) error { _, err := tx.Exec(query); return err }
	}
	ignoring := func(tx *sql.Tx) error {
		if _, err := tx.Exec("INSERT OR ROLLBACK INTO log (who) VALUES ('x'), ('first')"); code(err) != lib.SQLITE_CONSTRAINT {
			return fmt.Errorf("got %v, want SQLITE_CONSTRAINT", err)
		}
		return nil // and commit
	}
	tests := map[string]struct {
		run  func(tx *sql.Tx) error
		want error
	}{
		"OR ROLLBACK":              {statement("INSERT OR ROLLBACK INTO log (who) VALUES ('x'), ('first')"), ErrRolledBack},
		"OR ROLLBACK, then COMMIT": {ignoring, ErrRolledBack},
		"a panic":                  {statement(insertLog + " -- panic"), ErrRolledBack},
		"a script with COMMIT":     {statement("INSERT INTO log (who) VALUES ('x'); COMMIT"), ErrOutcomeUnknown},
		"a script with ROLLBACK":   {statement("INSERT INTO log (who) VALUES ('x'); ROLLBACK"), ErrOutcomeUnknown},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, db, g, plain := newFaulty(t, patient)
			f.set(func(_ innerConn, query string, run func() error) error {
				if strings.HasSuffix(query, "-- panic") {
					panic("boom")
				}
				return run()
			})
			calls := []*txCall{{who: "a"}, {run: test.run}, {who: "b"}}
			err := share(t, db, g, calls...)
			if !errors.Is(err, test.want) || !errors.Is(calls[0].err, test.want) || calls[1].err == nil {
				t.Errorf("got %v, %v and %v, want %v", err, calls[0].err, calls[1].err, test.want)
			}
			if test.want == ErrRolledBack && count(t, plain, "%") != 1 || calls[2].err != nil || count(t, plain, "b") != 1 {
				t.Errorf("rows %q, want b; it got %v", order(t, plain), calls[2].err)
			}
		})
	}
	if code(ErrRolledBack) != lib.SQLITE_BUSY {
		t.Error("programs do not run such a transaction again")
	}
}

// After OR ROLLBACK the first transaction is over, and what joined it would
// commit nothing of it.
func TestATransactionThatSQLiteRolledBackIsNotJoined(t *testing.T) {
	t.Parallel()
	db, g, plain := openNew(t, patient)
	mustExec(t, db, insertLog, "a")
	first := begin(t, db)
	mustExec(t, first, insertLog, "first")
	if _, err := first.Exec("INSERT OR ROLLBACK INTO log (who) VALUES ('a')"); code(err) != lib.SQLITE_CONSTRAINT {
		t.Errorf("got %v, want SQLITE_CONSTRAINT", err)
	}
	second := &txCall{who: "b"}
	done := queueTx(t, db, g, second)
	if err := first.Commit(); code(err) != lib.SQLITE_ERROR {
		t.Errorf("its commit: %v, want SQLITE_ERROR as on a plain connection", err)
	}
	if <-done; second.err != nil || order(t, plain) != "ab" {
		t.Errorf("the next: %v, rows %q, want ab", second.err, order(t, plain))
	}
}

func TestAContextDoesNotEndTheStatementOfASharedTransaction(t *testing.T) {
	t.Parallel()
	f, db, g, plain := newFaulty(t, patient)
	ctx, cancel := context.WithCancel(t.Context())
	f.set(func(_ innerConn, query string, run func() error) error {
		if strings.HasSuffix(query, "-- long") {
			cancel()
		}
		return run()
	})
	long := func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `
INSERT INTO log (who) WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n LIMIT 3000)
SELECT i FROM n -- long`)
		_, after := tx.ExecContext(ctx, insertLog, "after")
		if err != nil || !errors.Is(after, context.Canceled) {
			t.Errorf("the statement that ran: %v, the next one: %v, want context.Canceled", err, after)
		}
		return nil
	}
	second := &txCall{run: long, rollback: true}
	if err := share(t, db, g, second); err != nil || second.err != nil {
		t.Errorf("the first got %v, the second %v", err, second.err)
	}
	if got := order(t, plain); got != "first" {
		t.Errorf("rows %q, want first", got)
	}
}

func TestAnIdleTransactionDelaysItsGroupUntilMaxTx(t *testing.T) {
	t.Parallel()
	db, g, plain := openNew(t, Options{MaxGather: time.Hour, MaxTx: time.Second})
	idle := &txCall{run: func(tx *sql.Tx) error {
		mustExec(t, tx, insertLog, "idle")
		waitFor(t, "MaxTx", func() bool { _, err := tx.Exec("SELECT 1"); return errors.Is(err, ErrTxTimeout) })
		return nil
	}}
	last := &txCall{who: "last"}
	if err := share(t, db, g, idle, last); err != nil || last.err != nil {
		t.Errorf("the first got %v, the last %v", err, last.err)
	}
	if !errors.Is(idle.err, ErrTxTimeout) || order(t, plain) != "firstlast" {
		t.Errorf("the idle one got %v, rows %q, want ErrTxTimeout and firstlast", idle.err, order(t, plain))
	}
}

func TestSlowTransactionsDoNotShare(t *testing.T) {
	t.Parallel()
	db, g, _ := openNew(t, patient)
	g.o.MaxGather = time.Millisecond // nothing has begun yet
	slow := begin(t, db)
	time.Sleep(20 * time.Millisecond) // an eighth of it is above MaxGather
	done := queueTx(t, db, g, &txCall{who: "a"})
	slow.Commit()
	if <-done; g.Stats().TxCommits != 2 {
		t.Errorf("%d commits, want 2", g.Stats().TxCommits)
	}
}

func TestSavepointsWorkWithinASharedTransaction(t *testing.T) {
	t.Parallel()
	db, g, plain := openNew(t, patient)
	nested := func(tx *sql.Tx) error {
		for _, query := range []string{"SAVEPOINT a", "INSERT INTO log (who) VALUES ('x')",
			"ROLLBACK TO SAVEPOINT a", "RELEASE a",
			"SAVEPOINT b", "INSERT INTO log (who) VALUES ('y')"} { // left open
			mustExec(t, tx, query)
		}
		for _, query := range []string{"COMMIT", "ROLLBACK", "END", "BEGIN"} {
			if _, err := tx.Exec(query); !errors.Is(err, ErrTransactionControl) {
				t.Errorf("%s: %v, want ErrTransactionControl", query, err)
			}
		}
		return nil
	}
	second := &txCall{run: nested}
	if err := share(t, db, g, second, &txCall{who: "z"}); err != nil || second.err != nil {
		t.Errorf("got %v and %v", err, second.err)
	}
	if got := order(t, plain); got != "firstyz" {
		t.Errorf("rows %q, want firstyz", got)
	}
}
