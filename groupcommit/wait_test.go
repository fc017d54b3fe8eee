package groupcommit

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"testing"
	"time"

	lib "modernc.org/sqlite/lib"
)

// lockHeld says that somebody uses the real connection, or waits for SQLite's lock.
func lockHeld(g *Group) bool {
	g.queue.mu.Lock()
	defer g.queue.mu.Unlock()
	return g.queue.held
}

// holdWriterLock holds the writer lock and leaves SQLite's lock alone.
func holdWriterLock(t *testing.T, g *Group) (release func()) {
	t.Helper()
	held, end, done := make(chan struct{}), make(chan struct{}), make(chan error)
	go func() { done <- g.Raw(t.Context(), func(driver.Conn) error { close(held); <-end; return nil }) }()
	<-held
	return func() {
		close(end)
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

func TestADepartedWaiterIsNeverRun(t *testing.T) {
	t.Parallel()
	db, g, plain := openNew(t, Options{MaxWait: time.Hour})
	hold := begin(t, db)
	ctx, cancel := context.WithCancel(t.Context())
	left := make(chan error)
	exec := func() { _, err := db.ExecContext(ctx, insertLog, "departed"); left <- err }
	start := func() { _, err := db.BeginTx(ctx, nil); left <- err }
	go exec()
	go exec()
	go start()
	waitFor(t, "three in the queue", func() bool { return g.Stats().Waiting == 3 })
	done := queueCalls(t, db, g, insert("stays"))
	cancel()
	for range 3 {
		if err := <-left; !errors.Is(err, context.Canceled) {
			t.Errorf("left with %v, want context.Canceled", err)
		}
	}
	if got := g.Stats(); got.Waiting != 1 || got.Left != 3 {
		t.Errorf("%d wait and %d left, want 1 and 3", got.Waiting, got.Left)
	}
	hold.Rollback()
	<-done
	if got := order(t, plain); got != "stays" {
		t.Errorf("rows %q, want only the one that stayed", got)
	}
}

func TestACallerWithADeadContextIsNeverRun(t *testing.T) {
	t.Parallel()
	db, _, plain := openNew(t, Options{})
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	ctx, cancel := context.WithCancel(t.Context())
	err = conn.Raw(func(c any) error {
		cancel()
		_, err := c.(interface {
			ExecContext(context.Context, string, []driver.NamedValue) (driver.Result, error)
		}).ExecContext(ctx, "INSERT INTO log (who) VALUES ('a')", nil)
		return err
	})
	if !errors.Is(err, context.Canceled) || count(t, plain, "%") != 0 {
		t.Errorf("got %v and %d rows, want context.Canceled and none", err, count(t, plain, "%"))
	}
}

// openPatient opens a Group on a connection that by itself would wait for a lock
// for an hour.
func openPatient(t *testing.T, o Options) (db *sql.DB, g *Group, plain *sql.DB) {
	t.Helper()
	name := newFile(t)
	db, g = openGroup(t, connector(t, name, "_pragma=busy_timeout(3600000)"), o)
	mustExec(t, db, "SELECT 1") // opens it
	return db, g, openPlain(t, name, "")
}

// lockOut has another connection hold SQLite's lock, as another process would.
func lockOut(t *testing.T, plain *sql.DB) *sql.Tx {
	t.Helper()
	lock := begin(t, plain)
	t.Cleanup(func() { lock.Rollback() })
	return lock
}

func TestTheWaitForAForeignLockIsBounded(t *testing.T) {
	t.Parallel()
	db, g, plain := openPatient(t, Options{MaxWait: 100 * time.Millisecond})
	lock := lockOut(t, plain)
	busy := make(chan error)
	exec := func() { _, err := db.Exec(insertLog, "a"); busy <- err }
	start := func() { _, err := db.Begin(); busy <- err }
	go exec() // runs by itself; the others queue behind it
	waitFor(t, "the first to wait for the lock", func() bool { return lockHeld(g) })
	go exec()
	go exec()
	go start()
	for range 4 {
		if err := <-busy; !errors.Is(err, ErrBusy) {
			t.Errorf("got %v, want ErrBusy", err)
		}
	}
	lock.Rollback()
	mustExec(t, db, insertLog, "after")
	if got := order(t, plain); got != "after" {
		t.Errorf("rows %q: a refused statement was run later", got)
	}
}

func TestWhoLeavesWhileWaitingForAForeignLockIsNeverRun(t *testing.T) {
	t.Parallel()
	db, g, plain := openPatient(t, Options{MaxWait: time.Hour})
	lock := lockOut(t, plain)
	left := make(chan error)
	ctx, cancel := context.WithCancel(t.Context())
	exec := func() { _, err := db.ExecContext(ctx, insertLog, "departed"); left <- err }
	go exec()
	waitFor(t, "the first to wait for the lock", func() bool { return lockHeld(g) })
	go exec()
	go exec()
	waitFor(t, "two in the queue", func() bool { return g.Stats().Waiting == 2 })
	cancel()
	for range 3 {
		if err := <-left; !errors.Is(err, context.Canceled) {
			t.Errorf("left with %v, want context.Canceled", err)
		}
	}
	lock.Rollback()
	mustExec(t, db, insertLog, "after")
	if got := order(t, plain); got != "after" {
		t.Errorf("rows %q: a departed statement was run later", got)
	}
}

func TestWhoLeavesWhileTheWriterWaitsForAForeignLockIsNeverRun(t *testing.T) {
	t.Parallel()
	db, g, plain := openPatient(t, Options{MaxWait: time.Hour})
	release := holdWriterLock(t, g)
	ctx, cancel := context.WithCancel(t.Context())
	left := make(chan error)
	for range 2 {
		go func() { _, err := db.ExecContext(ctx, insertLog, "departed"); left <- err }()
	}
	waitFor(t, "two in the queue", func() bool { return g.Stats().Waiting == 2 })
	lock := lockOut(t, plain)
	release()
	waitFor(t, "the writer to wait for the lock", func() bool { return lockHeld(g) })
	stays := insert("stays")
	done := queueCalls(t, db, g, stays)
	cancel()
	for range 2 {
		if err := <-left; !errors.Is(err, context.Canceled) {
			t.Errorf("left with %v, want context.Canceled", err)
		}
	}
	lock.Rollback()
	<-done
	if got := order(t, plain); got != "stays" || stays.err != nil {
		t.Errorf("rows %q, %v, want only the one that stayed", got, stays.err)
	}
}

func TestWhoJoinsWhileTheWriterWaitsForAForeignLockIsServed(t *testing.T) {
	t.Parallel()
	db, g, plain := openNew(t, Options{})
	lock := lockOut(t, plain)
	first := make(chan error)
	go func() { _, err := db.Exec(insertLog, "first"); first <- err }()
	waitFor(t, "the first to wait for the lock", func() bool { return lockHeld(g) })
	calls := inserts(5)
	done := queueCalls(t, db, g, calls...)
	lock.Rollback()
	if err := <-first; err != nil {
		t.Error(err)
	}
	<-done
	if failed := check(t, plain, calls...); failed != 0 {
		t.Errorf("%d of 5 failed", failed)
	}
}

func TestSQLitesOwnBusyTimeoutIsErrBusyToo(t *testing.T) {
	t.Parallel()
	name := newFile(t)
	db, g := openGroup(t, connector(t, name, "_pragma=busy_timeout(0)"), Options{MaxWait: time.Hour})
	release := holdWriterLock(t, g)
	calls := inserts(3)
	done := queueCalls(t, db, g, calls...)
	lock := lockOut(t, openPlain(t, name, ""))
	release()
	<-done
	alone := insert("alone")
	_, alone.err = db.Exec(alone.query, alone.args...)
	for _, c := range append(calls, alone) {
		if !errors.Is(c.err, ErrBusy) || code(c.err) != lib.SQLITE_BUSY {
			t.Errorf("%s got %v, want ErrBusy and SQLITE_BUSY", c.args[0], c.err)
		}
	}
	if _, err := db.Begin(); !errors.Is(err, ErrBusy) || code(err) != lib.SQLITE_BUSY {
		t.Errorf("the transaction got %v, want ErrBusy and SQLITE_BUSY", err)
	}
	lock.Rollback()
	mustExec(t, db, insertLog, "after")
}

func TestAFullQueueRefusesAtOnce(t *testing.T) {
	t.Parallel()
	db, g, plain := openNew(t, Options{MaxQueue: 2, MaxWait: time.Hour})
	hold := begin(t, db)
	done := queueCalls(t, db, g, insert("a"), insert("b"))
	if _, err := db.Exec(insertLog, "c"); !errors.Is(err, ErrBusy) {
		t.Errorf("the third got %v, want ErrBusy", err)
	}
	if _, err := db.Begin(); !errors.Is(err, ErrBusy) {
		t.Errorf("the transaction got %v, want ErrBusy", err)
	}
	hold.Rollback()
	<-done
	if got := order(t, plain); got != "ab" || g.Stats().Busy != 2 {
		t.Errorf("rows %q and %d refused, want ab and 2", got, g.Stats().Busy)
	}
}

func TestMaxWaitBoundsTheQueueToo(t *testing.T) {
	t.Parallel()
	db, g, plain := openNew(t, Options{MaxWait: 50 * time.Millisecond})
	hold := begin(t, db)
	if _, err := db.Exec(insertLog, "a"); !errors.Is(err, ErrBusy) {
		t.Errorf("got %v, want ErrBusy", err)
	}
	if _, err := db.Begin(); !errors.Is(err, ErrBusy) {
		t.Errorf("the transaction got %v, want ErrBusy", err)
	}
	if got := g.Stats().Waiting; got != 0 {
		t.Errorf("%d requests of callers who left are still in the queue", got)
	}
	mustExec(t, hold, insertLog, "in the transaction")
	if err := hold.Commit(); err != nil {
		t.Error(err)
	}
	if got := count(t, plain, "%"); got != 1 {
		t.Errorf("%d rows, want 1", got)
	}
}
