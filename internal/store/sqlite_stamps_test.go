package store

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
)

// row writes a session's row from outside of the shop.
func row(t *testing.T, db *sql.DB, token string) {
	t.Helper()
	mustExec(t, db, "INSERT INTO sessions (token, data, expiry) VALUES ($1, x'7b7d', 2470000.5)", token)
}

// Whoever changes a row, by whatever statement, changes its stamp.
func TestEveryChangeOfARowChangesItsStamp(t *testing.T) {
	t.Parallel()
	s := openStore(t)
	path := s.engine.(*sqliteFile).path
	other := sql.OpenDB(newSQLiteConnector(path, sqliteRole{busy: busyTimeout}))
	t.Cleanup(func() { other.Close() })
	for name, change := range map[string]struct {
		db   *sql.DB
		text string
	}{
		"data":              {s.Write(), "UPDATE sessions SET data = x'7b' WHERE token = 'a'"},
		"expiry":            {s.Write(), "UPDATE sessions SET expiry = expiry + 1 WHERE token = 'a'"},
		"token":             {s.Write(), "UPDATE sessions SET token = 'b' WHERE token = 'a'"},
		"token of another":  {s.Write(), "INSERT INTO sessions (token, data, expiry) VALUES ('c', x'7b', 1); UPDATE OR REPLACE sessions SET token = 'a' WHERE token = 'c'"},
		"replace":           {s.Write(), "REPLACE INTO sessions (token, data, expiry) VALUES ('a', x'7b', 2470000.5)"},
		"delete":            {s.Write(), "DELETE FROM sessions WHERE token = 'a'"},
		"delete everything": {s.Write(), "DELETE FROM sessions"},
		"by somebody else":  {other, "UPDATE sessions SET data = x'7b' WHERE token = 'a'"},
		"end of it there":   {other, "DELETE FROM sessions"},
	} {
		mustExec(t, s.Write(), "DELETE FROM sessions")
		row(t, s.Write(), "a")
		before, ok := s.Stamp()("a")
		if !ok {
			t.Fatalf("%s: no stamp although nothing goes on", name)
		}
		if again, ok := s.Stamp()("a"); !ok || again != before {
			t.Errorf("%s: the stamp changed by itself", name)
		}
		mustExec(t, change.db, change.text)
		if after, ok := s.Stamp()("a"); ok && after == before {
			t.Errorf("%s: the stamp is the same", name)
		}
		// Somebody else's change is told from this process's own once that writes.
		mustExec(t, s.Write(), "UPDATE products SET stock = stock + 1 WHERE sku = (SELECT MIN(sku) FROM products)")
		if after, ok := s.Stamp()("a"); !ok || after == before {
			t.Errorf("%s: after another write the stamp is the same, or there is none", name)
		}
	}
}

// A stamp lasts: else nothing would be kept.
func TestChangesElsewhereLeaveAStampAlone(t *testing.T) {
	t.Parallel()
	s := openStore(t)
	row(t, s.Write(), "a")
	row(t, s.Write(), "b")
	before, ok := s.Stamp()("a")
	mustExec(t, s.Write(), "UPDATE products SET stock = stock + 1")
	mustExec(t, s.Write(), "UPDATE sessions SET data = x'7b' WHERE token = 'b'")
	mustExec(t, s.Write(), "PRAGMA optimize")
	if after, still := s.Stamp()("a"); !ok || !still || after != before {
		t.Errorf("the stamp was %d, %v and is %d, %v", before, ok, after, still)
	}
	once, _ := s.Stamp()("b")
	mustExec(t, s.Write(), "UPDATE sessions SET data = x'7c' WHERE token = 'b'")
	if again, _ := s.Stamp()("b"); again != once+1 {
		t.Errorf("a change makes stamp %d to %d, want one more", once, again)
	}
}

// While a transaction is open it may still be rolled back, or committed.
func TestNoStampWhileARowChanges(t *testing.T) {
	t.Parallel()
	s := openStore(t)
	row(t, s.Write(), "a")
	for _, end := range []func(*sql.Tx) error{(*sql.Tx).Rollback, (*sql.Tx).Commit} {
		tx, err := s.Write().BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tx.Exec("UPDATE sessions SET data = randomblob(9) WHERE token = 'a'"); err != nil {
			t.Fatal(err)
		}
		if _, ok := s.Stamp()("a"); ok {
			t.Error("there is a stamp while the row changes")
		}
		if err := end(tx); err != nil {
			t.Fatal(err)
		}
		if _, ok := s.Stamp()("a"); !ok {
			t.Error("there is none when that is over")
		}
	}
}

// Whoever reads after a write was acknowledged, by this process or by another,
// sees it: in memory or in the table.
func TestReadersSeeWhatWasAcknowledged(t *testing.T) {
	t.Parallel()
	const visitors, writes = 4, 60 // of each process
	path := filepath.Join(t.TempDir(), "trolley.db")
	processes := []*shop{openShop(t, path), openShop(t, path)}
	var cookies [visitors]string
	var acknowledged [visitors]atomic.Int64
	for i := range cookies {
		cookies[i] = processes[0].must("/count", "").cookie
		acknowledged[i].Store(1)
	}
	ctx, done := context.WithCancel(t.Context())
	var writers, readers sync.WaitGroup
	for i := range cookies {
		for _, p := range processes {
			writers.Go(func() {
				for range writes {
					a := p.sendAtLast(http.MethodPost, "/count", cookies[i])
					n, _ := strconv.ParseInt(a.body, 10, 64)
					for known := acknowledged[i].Load(); n > known && !acknowledged[i].CompareAndSwap(known, n); known = acknowledged[i].Load() {
					}
				}
			})
			readers.Go(func() {
				for ctx.Err() == nil {
					least := acknowledged[i].Load()
					if n := p.counted(cookies[i]); n < least {
						t.Errorf("a reader got %d after %d was acknowledged", n, least)
						return
					}
				}
			})
		}
	}
	writers.Wait()
	done()
	readers.Wait()
	for i := range cookies {
		if got, want := acknowledged[i].Load(), int64(1+writes*len(processes)); got != want {
			t.Errorf("visitor %d counts %d, want %d", i, got, want)
		}
	}
	for i, p := range processes {
		if kept := p.sessions.Stats().Cached; kept == 0 {
			t.Errorf("process %d kept nothing in memory: nothing was proved", i)
		}
	}
}

// counted returns what /count last returned.
func (s *shop) counted(cookie string) (n int64) {
	_, _ = fmt.Sscan(s.sendAtLast(http.MethodGet, "/count", cookie).body, &n)
	return n
}

// Where the index that is read is not the one in use, nothing is taken for unchanged.
func TestNoStampByAnotherIndex(t *testing.T) {
	t.Parallel()
	s := openStore(t)
	f := s.engine.(*sqliteFile)
	row(t, s.Write(), "a")
	content, err := os.ReadFile(f.path + "-shm")
	if err != nil {
		t.Fatal(err)
	}
	stale := filepath.Join(t.TempDir(), "stale")
	if err := os.WriteFile(stale+"-shm", content, 0o600); err != nil {
		t.Fatal(err)
	}
	inUse := f.index.opened.Load()
	if err := f.index.open(stale); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { inUse.Close() })
	mustExec(t, s.Write(), "UPDATE sessions SET data = x'7b' WHERE token = 'a'")
	if _, ok := s.Stamp()("a"); ok {
		t.Error("there is a stamp, of an index that nobody writes")
	}
}
