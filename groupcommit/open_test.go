package groupcommit

import (
	"database/sql/driver"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	lib "modernc.org/sqlite/lib"
)

// good is a DSN's end that Open accepts.
const good = "?_journal_mode=WAL&_synchronous=FULL&_busy_timeout=5000"

func TestOpenGivesAPoolForWritesAndOneForReads(t *testing.T) {
	t.Parallel()
	wrapped := 0
	write, read, err := Open("file:"+newFile(t)+good, Options{MaxWait: time.Minute,
		Wrap: func(c driver.Connector) driver.Connector { wrapped++; return c }})
	if err != nil {
		t.Fatal(err)
	}
	defer write.Close()
	defer read.Close()
	mustExec(t, write, insertLog, "a")
	if got := count(t, read, "a"); got != 1 {
		t.Errorf("what was written is there %d times, want once", got)
	}
	if _, err := read.Exec(insertLog, "b"); code(err) != lib.SQLITE_READONLY {
		t.Errorf("a write in the readers' pool: %v, want SQLITE_READONLY", err)
	}
	if got := Of(write).Stats().Statements; got != 1 || Of(read) != nil {
		t.Errorf("the group ran %d statements, want 1, and %v is the readers'", got, Of(read))
	}
	if wrapped != 2 {
		t.Errorf("%d connectors were wrapped, want 2", wrapped)
	}
}

func TestOpenRefusesWhatCannotKeepThePromises(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, dsn string
		o         Options
		reason    string
	}{
		{"rollback journal", "?_journal_mode=DELETE", Options{}, `journal_mode is "delete"`},
		{"in memory", ":memory:", Options{}, `journal_mode is "memory"`},
		{"not durable", "?_journal_mode=WAL&_synchronous=NORMAL", Options{}, "synchronous"},
		{"not to be written", good + "&_query_only=1", Options{}, "read-only"},
		{"read-only", "file:" + newFile(t) + good + "&mode=ro", Options{}, "read-only"},
		{"unknown setting", "?_synchronous=SOMETIMES", Options{}, "SOMETIMES"},
		{"no such folder", "/no/such/folder.db" + good, Options{}, "unable to open"},
		{"negative option", good, Options{MaxQueue: -1}, "negative"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dsn := test.dsn
			if strings.HasPrefix(dsn, "?") {
				dsn = "file:" + filepath.Join(t.TempDir(), "test.db") + dsn
			}
			_, _, err := Open(dsn, test.o)
			if err == nil || !strings.Contains(err.Error(), test.reason) {
				t.Errorf("got %v, want %q as the reason", err, test.reason)
			}
		})
	}
}

func TestRawHasTheConnectionForItself(t *testing.T) {
	t.Parallel()
	db, g, plain := openNew(t, Options{})
	hold := begin(t, db)
	mustExec(t, hold, insertLog, "a")
	done := make(chan error)
	go func() {
		done <- g.Raw(t.Context(), func(c driver.Conn) error {
			if got := count(t, plain, "a"); got != 1 {
				t.Error("it runs within a transaction of another caller")
			}
			_, err := c.(driver.ExecerContext).ExecContext(t.Context(), "INSERT INTO log (who) VALUES ('b')", nil)
			return err
		})
	}()
	waitFor(t, "Raw in the queue", func() bool { return g.Stats().Waiting == 1 })
	if err := errors.Join(hold.Commit(), <-done); err != nil {
		t.Fatal(err)
	}
	if got := order(t, plain); got != "ab" {
		t.Errorf("rows %q, want ab", got)
	}
}

func TestRawLeavesTheConnectionClean(t *testing.T) {
	t.Parallel()
	db, g, plain := openNew(t, Options{})
	mistake := errors.New("mistake")
	if err := g.Raw(t.Context(), func(driver.Conn) error { return mistake }); err != mistake {
		t.Errorf("got %v, want the function's own error", err)
	}
	err := g.Raw(t.Context(), func(c driver.Conn) error {
		_, err := c.(driver.ExecerContext).ExecContext(t.Context(), "BEGIN; INSERT INTO log (who) VALUES ('a')", nil)
		return err
	})
	if !errors.Is(err, ErrTransactionControl) {
		t.Errorf("a transaction that is left open: %v, want ErrTransactionControl", err)
	}
	var p *PanicError
	if err := g.Raw(t.Context(), func(driver.Conn) error { panic("boom") }); !errors.As(err, &p) {
		t.Errorf("got %v, want the panic", err)
	}
	mustExec(t, db, insertLog, "b")
	if got := order(t, plain); got != "b" {
		t.Errorf("rows %q, want b", got)
	}
}
