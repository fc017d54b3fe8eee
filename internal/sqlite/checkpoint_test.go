package sqlite

import (
	"bytes"
	"os"
	"testing"
	"time"

	"trolley/internal/query"
)

// However much is written, and although no commit moves the write-ahead log
// into the database, the log stays small.
func TestTheLogStaysSmallUnderWrites(t *testing.T) {
	t.Parallel()
	s := openNew(t)
	mustExec(t, s.Write, "INSERT INTO sessions (token, data, expiry) VALUES ('a', x'7b7d', 2470000.5)")
	const pages, each = 6 * restartPages, 100
	largest := int64(0)
	for n := range pages / each {
		writePages(t, s, n, each)
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

// writePages writes the n-th version of some pages.
func writePages(t *testing.T, s *DB, n, pages int) {
	t.Helper()
	mustExec(t, s.Write, "UPDATE sessions SET data = $1", bytes.Repeat([]byte{byte(n)}, pages*4096))
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
	for n := range 2 * restartPages / 500 {
		writePages(t, s, n, 500)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	for n, deadline := 0, time.Now().Add(3*time.Minute); ; n++ {
		writePages(t, s, n, 500)
		if log, ok := s.file.index.header(); ok && log.frames() < restartPages {
			return // it started from the beginning
		}
		if time.Now().After(deadline) {
			t.Fatal("the log never starts from the beginning again")
		}
	}
}
