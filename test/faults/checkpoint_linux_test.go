package faults

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"strconv"
	"strings"
	"testing"

	"trolley/test/blackbox"
	"trolley/test/proctest"
)

// A part of the log is moved into the database while a reader needs the rest, and
// the disk forgets it. The kernel says so at the next fsync, and only there: were
// that tried again, the log would be overwritten that alone still holds the part.
func TestFailedCheckpointStopsTheShop(t *testing.T) {
	t.Parallel()
	s := plenty(t, proctest.Quick, blackbox.NewDB(t))
	var l ledger
	cookie := s.begin(t)
	for n := 2; n <= 20; n++ {
		l.add(t.Context(), s, cookie, "thing-"+strconv.Itoa(n), 1)
	}
	index := openWALIndex(t, s.DB)
	backfilled := func() uint32 { return index.number(t, walBackfilled) }
	eventually(t, "the log is moved, and synced", func() bool { return backfilled() == index.number(t, walPages) })
	letMove := holdSnapshot(t, s.DB)
	lengthenLog(t, s.DB)
	leave := holdSnapshot(t, s.DB) // needs what comes after that part
	lengthenLog(t, s.DB)
	l.add(t.Context(), s, cookie, "thing-21", 1)
	before, had := contents(t, s.DB), backfilled()
	letMove()
	eventually(t, "a part of the log is moved, which does not sync it", func() bool { return backfilled() > had })
	after := contents(t, s.DB)
	leave()

	mend := s.inject(t, "error=EIO", "-P", s.DB)
	finish := s.holdAdd(t, cookie) // the shop does not end before it
	lengthenLog(t, s.DB)
	l.add(t.Context(), s, cookie, "thing-22", 1)
	ends := func() bool { return strings.Contains(s.Stderr.String(), "stopping") }
	eventually(t, "the rest of the log cannot be moved", func() bool {
		return ends() || strings.Contains(s.Stderr.String(), "not moved")
	})
	mend()
	finish()
	for n, had := 23, uint32(0); n < 30 && !ends(); n++ {
		lengthenLog(t, s.DB)
		l.add(t.Context(), s, cookie, "thing-"+strconv.Itoa(n), 1)
		pages := index.number(t, walPages)
		if pages < had {
			t.Error("the log was overwritten although an fsync of the database had failed")
			break
		}
		had = pages
		eventually(t, "the log is moved, or the shop ends", func() bool {
			return index.number(t, walBackfilled) == pages || ends()
		})
	}
	if !t.Failed() {
		wantFailed(t, s)
	}
	s.Kill()
	forget(t, s.DB, before, after)
	s = start(t, s.DB)
	blackbox.WantWhole(t, s.DB)
	l.wantKept(t, s)
	s.begin(t)
}

func contents(t testing.TB, file string) []byte {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// forget takes back what became of a file between two moments, except for pages
// that were written once more: so a disk leaves it whose fsync failed.
func forget(t testing.TB, file string, before, after []byte) {
	t.Helper()
	before = append(before, make([]byte, max(0, len(after)-len(before)))...)
	now := contents(t, file)
	for at := 0; at < min(len(after), len(now)); at += pageBytes {
		page := after[at : at+pageBytes]
		if bytes.Equal(page, now[at:at+pageBytes]) && !bytes.Equal(page, before[at:at+pageBytes]) {
			overwrite(t, file, int64(at), before[at:at+pageBytes])
		}
	}
}

// holdSnapshot has somebody read from the database, who needs it as it is now. Who
// leaves has it no longer open: else the next shop would not read the log anew.
func holdSnapshot(t testing.TB, db string) (leave func()) {
	t.Helper()
	pool := blackbox.Open(t, db)
	tx, err := pool.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.ExecContext(t.Context(), "SELECT * FROM sessions"); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := errors.Join(tx.Rollback(), pool.Close()); err != nil {
			t.Error(err)
		}
	}
}

// lengthenLog writes as much as has the shop move its log after the next commit.
func lengthenLog(t testing.TB, db string) {
	t.Helper()
	pool := blackbox.Open(t, db)
	defer pool.Close()
	for _, statement := range []string{
		"PRAGMA wal_autocheckpoint = 0", // it is the shop that moves it
		"INSERT OR REPLACE INTO sessions (token, data, expiry) VALUES ('filler', randomblob(1100 * " + strconv.Itoa(pageBytes) + "), 9e6)",
	} {
		if _, err := pool.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
}

// Where the index of the log holds how many pages the log has, and how many of
// them are moved: https://sqlite.org/walformat.html#the_wal_index_file_format.
const (
	walPages      = 16
	walBackfilled = 96
)

// walIndex is the index of a log. It stays open: to close it would drop the locks
// that the test holds by SQLite.
type walIndex struct{ *os.File }

func openWALIndex(t testing.TB, db string) walIndex {
	t.Helper()
	f, err := os.Open(db + "-shm")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return walIndex{f}
}

// number returns one of the numbers that it holds.
func (i walIndex) number(t testing.TB, at int64) uint32 {
	t.Helper()
	var number [4]byte
	if _, err := i.ReadAt(number[:], at); err != nil {
		t.Fatal(err)
	}
	return binary.NativeEndian.Uint32(number[:])
}
