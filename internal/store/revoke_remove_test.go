package store

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

const (
	schemaText    = "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE name NOT LIKE '%revoked%' ORDER BY type, name"
	countSetAside = "SELECT COUNT(*) FROM sqlite_schema WHERE type = 'table' AND name LIKE 'revoked_sessions_%'"
)

// wantGood fails the test where Verify finds anything.
func wantGood(t *testing.T, s *Store) {
	t.Helper()
	err := s.Verify(t.Context(), func(c Check) {
		if c.Wrong > 0 {
			t.Errorf("%s: %+v", c.Name, c.Findings)
		}
	})
	if err != nil {
		t.Error(err)
	}
}

// The schema is the same to the letter, and a good one, while there are tables set
// aside and afterwards; so are a backup's, and that of a shop that starts on it.
func TestRevokeAllLeavesTheSchemaAsItWas(t *testing.T) {
	t.Parallel()
	path := newFile(t)
	s := openAt(t, path)
	mustExec(t, s.Write(), "CREATE TRIGGER of_an_operator AFTER DELETE ON sessions BEGIN DELETE FROM orders WHERE 0; END")
	before := printed(t, s.Read(), schemaText)
	want := func(s *Store, aside int) {
		t.Helper()
		if got := printed(t, s.Read(), schemaText); got != before {
			t.Errorf("the schema is\n%s\nwant\n%s", got, before)
		}
		if got := count(t, s.Read(), countSetAside); got != aside {
			t.Errorf("%d tables are set aside, want %d", got, aside)
		}
		wantGood(t, s)
	}
	for aside := range 2 {
		addSessions(t, s, 10)
		revokeAll(t, path)
		want(s, aside+1)
	}
	backup := filepath.Join(t.TempDir(), "backup.db")
	looker, err := OpenReadOnly(t.Context(), path, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	_, err = looker.Backup(t.Context(), backup, BackupOptions{})
	if err := errors.Join(err, looker.Close()); err != nil {
		t.Fatal(err)
	}
	want(openAt(t, backup), 2)
	if err := s.RemoveRevoked(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	want(s, 0)
}

func TestRevokedRowsAreRemoved(t *testing.T) {
	t.Parallel()
	path := newFile(t)
	s := openAt(t, path)
	const sessions = 2*removeBatch + 1
	for range 2 {
		addSessions(t, s, sessions)
		revokeAll(t, path)
	}
	addSessions(t, s, 1)
	var done, total int
	guest := guestOf(t, path)
	if err := guest.RemoveRevoked(t.Context(), func(n, of int) { done, total = n, of }); err != nil {
		t.Fatal(err)
	}
	if done != 2*sessions || total != done {
		t.Errorf("the last progress was %d of %d, want %d", done, total, 2*sessions)
	}
	if got := count(t, s.Read(), countSetAside); got != 0 {
		t.Errorf("%d tables are left", got)
	}
	if got := count(t, s.Read(), "SELECT COUNT(*) FROM sessions"); got != 1 {
		t.Errorf("of the session that began afterwards there are %d", got)
	}
}

// Two operators, or one and the shop, remove the same rows.
func TestRevokedRowsAreRemovedByTwo(t *testing.T) {
	t.Parallel()
	path := newFile(t)
	s := openAt(t, path)
	const sessions = 10 * removeBatch
	addSessions(t, s, sessions)
	revokeAll(t, path)
	var removing sync.WaitGroup
	var removed atomic.Int64
	for range 2 {
		guest := guestOf(t, path)
		removing.Go(func() {
			last := 0
			if err := guest.RemoveRevoked(t.Context(), func(done, _ int) { last = done }); err != nil {
				t.Error(err)
			}
			removed.Add(int64(last))
		})
	}
	removing.Wait()
	if got := removed.Load(); got != sessions {
		t.Errorf("%d rows were removed, want %d", got, sessions)
	}
	if got := count(t, s.Read(), countSetAside); got != 0 {
		t.Errorf("%d tables are left", got)
	}
}

// tells is a log that calls itself with every message.
type tells func(message string)

func (tells) Enabled(context.Context, slog.Level) bool { return true }
func (f tells) WithAttrs([]slog.Attr) slog.Handler     { return f }
func (f tells) WithGroup(string) slog.Handler          { return f }

func (f tells) Handle(_ context.Context, r slog.Record) error {
	f(r.Message)
	return nil
}

// The shop leaves the rows to who ended the sessions, unless that has gone.
func TestTheShopRemovesWhatWasAbandoned(t *testing.T) {
	t.Parallel()
	path := newFile(t)
	s := openAt(t, path)
	addSessions(t, s, 2*removeBatch)
	revokeAll(t, path)
	interrupted, stop := context.WithCancel(t.Context())
	if err := guestOf(t, path).RemoveRevoked(interrupted, func(int, int) { stop() }); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted, it returned %v", err)
	}
	remove := func() (removed int) {
		err := s.removeRevoked(t.Context(), s.now().Add(-abandonedAfter), func(n, _ int) { removed = n })
		if err != nil {
			t.Error(err)
		}
		return removed
	}
	if n := remove(); n != 0 {
		t.Fatalf("%d rows were removed that another process may be removing", n)
	}
	s.now = func() time.Time { return time.Now().Add(abandonedAfter + time.Minute) }
	ctx, cancel := context.WithCancel(t.Context())
	s.log = slog.New(tells(func(message string) {
		if message != "revoked sessions removed" {
			t.Errorf("the log says %q", message)
		}
		cancel()
	}))
	s.RemoveAbandoned(ctx)
	if got := count(t, s.Read(), countSetAside); got != 0 {
		t.Errorf("%d tables are left", got)
	}
}

// Until it is committed, all is as it was.
func TestARevocationThatIsNotCommittedEndsNothing(t *testing.T) {
	t.Parallel()
	path := newFile(t)
	s := openShop(t, path)
	shopper := s.must("/add", "").cookie
	before := printed(t, s.Read(), schemaText)
	db := sql.OpenDB(newSQLiteConnector(path, sqliteRole{busy: busyTimeout, replaces: true}))
	t.Cleanup(func() { db.Close() })
	interrupted := errors.New("interrupted")
	err := transact(t.Context(), db, func(ctx context.Context, tx *sql.Tx) error {
		return errors.Join(replaceSessions(ctx, tx, "revoked_sessions_1"), interrupted)
	})
	if !errors.Is(err, interrupted) || err.Error() != interrupted.Error() {
		t.Fatal(err)
	}
	if got := printed(t, s.Read(), schemaText); got != before {
		t.Errorf("the schema is\n%s\nwant\n%s", got, before)
	}
	if got := s.get(shopper).body; got != "2 units, true" {
		t.Errorf("the shopper has %s", got)
	}
}
