package sqlite

import (
	"os"
	"testing"
	"time"

	"trolley/internal/query"
)

// R68: however much is written, and although no commit moves the write-ahead log
// into the database, the log stays small.
func TestTheLogStaysSmallUnderWrites(t *testing.T) {
	t.Parallel()
	s := openNew(t)
	mustExec(t, s.Write, "INSERT INTO sessions (token, data, expiry) VALUES ('a', x'7b7d', 2470000.5)")
	const pages, each = 6 * restartPages, 100
	largest := int64(0)
	for range pages / each {
		mustExec(t, s.Write, "UPDATE sessions SET data = randomblob($1)", each*4096)
		info, err := os.Stat(s.file.path + "-wal")
		if err != nil {
			t.Fatal(err)
		}
		largest = max(largest, info.Size())
	}
	if largest > journalLimit {
		t.Errorf("the log grew to %d bytes, want at most %d", largest, journalLimit)
	}
}

// A reader keeps pages of the log in use. Nothing waits for it, neither those who
// write nor the one that moves the log.
func TestAReaderHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	s := openNew(t)
	mustExec(t, s.Write, "INSERT INTO sessions (token, data, expiry) VALUES ('a', x'7b7d', 2470000.5)")
	tx, err := s.Read.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := query.One(t.Context(), tx, query.Int, "SELECT COUNT(*) FROM sessions"); err != nil {
		t.Fatal(err)
	}
	for range 2 * restartPages / 500 {
		mustExec(t, s.Write, "UPDATE sessions SET data = randomblob($1)", 500*4096)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(time.Minute); ; {
		mustExec(t, s.Write, "UPDATE sessions SET data = randomblob($1)", 500*4096)
		if pages, ok := s.checkpointer.pages(); ok && pages < restartPages {
			return // it started from the beginning
		}
		if time.Now().After(deadline) {
			t.Fatal("the log never starts from the beginning again")
		}
	}
}
