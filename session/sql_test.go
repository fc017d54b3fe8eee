package session

import (
	"context"
	"database/sql"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// constants are all statements that there are: those of the package, sqlite3store's
// insert, and BEGIN.
var constants = []string{
	findSQL, swapSQL, swapDataSQL, insertSQL, touchSQL, deleteSQL, deleteLoadedSQL, endSQL, wasEndedSQL,
	purgeEndedSQL, purgeSQL, tablesSQL, faultSQLite,
	"REPLACE INTO sessions (token, data, expiry) VALUES ($1, $2, julianday($3))", "BEGIN",
}

// Whatever comes from outside, the text of a statement is a constant.
func TestNothingFromOutsideBecomesSQL(t *testing.T) {
	t.Parallel()
	const hostile = "'); DROP TABLE sessions; --"
	s := newSite(t, Options{})
	a := s.post("session="+strings.Repeat("_", tokenLength), s.do(func(ctx context.Context) error {
		return Key[string](hostile).Put(ctx, hostile)
	}))
	cookie := cookieOf(a)
	s.post(cookie, s.put(2))
	s.post(cookie+"; session="+hostile, s.put(2))
	s.post(cookieOf(s.post(cookie, s.do(Renew))), s.do(Destroy))
	if _, err := s.Purge(t.Context()); err != nil {
		t.Error(err)
	}
	for _, st := range s.spy.all() {
		if !slices.Contains(constants, st.query) {
			t.Errorf("a statement that is no constant: %s", st.query)
		}
	}
}

// scs finds the context methods, which alone compare before they swap.
func TestNoCommitBypassesTheContextMethods(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{})
	cookie := s.begin()
	s.spy.take()
	s.post(cookie, s.put(2))
	if got := s.spy.take(); !slices.Equal(got, []string{findSQL, swapDataSQL}) {
		t.Errorf("a write runs %q, want %q and %q", got, findSQL, swapDataSQL)
	}
	s.get(cookie, s.do(noop))
	if got := s.spy.take(); !slices.Equal(got, []string{findSQL}) {
		t.Errorf("a read runs %q, want %q", got, findSQL)
	}
}

// A row that is written stays the same row to those that refer to it.
func TestWritesKeepTheRow(t *testing.T) {
	t.Parallel()
	path := table(t)
	s := newSiteOn(t, path, 5000, Options{})
	withNotes(t, s)
	cookie := s.begin()
	s.exec("INSERT INTO notes SELECT token FROM sessions")
	s.post(cookie, s.put(2))
	if got, want := notes(t, s), 1; got != want {
		t.Errorf("%d rows refer to the session after a write, want %d", got, want)
	}
	s.post(cookie, s.do(Destroy))
	if got, want := notes(t, s), 0; got != want {
		t.Errorf("%d rows refer to the destroyed session: the foreign key is off", got)
	}
}

func TestStockWritesReplaceTheRow(t *testing.T) {
	t.Parallel()
	path := table(t)
	s, _ := newStockSite(t, path, 5000)
	site := newSiteOn(t, path, 5000, Options{})
	withNotes(t, site)
	cookie := s.begin()
	site.exec("INSERT INTO notes SELECT token FROM sessions")
	s.post(cookie, func(_ http.ResponseWriter, r *http.Request) { s.Put(r.Context(), "count", 2) })
	if notes(t, site) != 0 {
		t.Error("stock scs keeps the row, so the test above proves nothing")
	}
}

// withNotes makes a table whose rows go with the session that they refer to.
func withNotes(t *testing.T, s *site) {
	t.Helper()
	s.exec("CREATE TABLE notes (token TEXT NOT NULL REFERENCES sessions (token) ON DELETE CASCADE) STRICT")
}

func notes(t *testing.T, s *site) (n int) {
	t.Helper()
	if err := s.db.QueryRow("SELECT count(*) FROM notes").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// Text in the data column would never equal the bytes that were loaded, so that
// every write of the session conflicted. The schema does not let it in.
func TestSchemaRefusesTextAsData(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{})
	s.begin()
	if _, err := s.db.Exec("UPDATE sessions SET data = CAST(data AS TEXT)"); err == nil {
		t.Error("text can be put into the data column")
	}
}

// A renewal whose second half fails has not begun: the old token still works.
func TestHalfARenewalIsNone(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{})
	cookie := s.begin()
	before, _ := s.row(cookie)
	refused := errors.New("UNIQUE constraint failed: sessions.token")
	s.spy.onStatement(func(query string) error {
		if query == insertSQL {
			return refused
		}
		return nil
	})
	wantUnavailable(t, s.post(cookie, s.do(Renew)))
	if !errors.Is(s.failed, refused) {
		t.Errorf("error %v, want %v", s.failed, refused)
	}
	if after, ok := s.row(cookie); !ok || !after.holds(before.data) {
		t.Errorf("row %v with %s, want %s", ok, after.data, before.data)
	}
}

// A trigger that came after the start may leave a row out, without an error.
func TestARowThatATriggerLeavesOutIsNotConfirmed(t *testing.T) {
	t.Parallel()
	for event, change := range map[string]func(context.Context) error{"INSERT": Renew, "UPDATE": changes["put"], "DELETE": Destroy} {
		s := newSite(t, Options{})
		cookie := s.begin()
		s.exec("CREATE TRIGGER no BEFORE " + event + " ON sessions BEGIN SELECT RAISE(IGNORE); END")
		wantUnavailable(t, s.post(cookie, s.do(change)))
		if event == "INSERT" {
			wantUnavailable(t, s.post("", s.put(1)))
		}
	}
}

// database/sql rolls back when the context ends, and then says only that the transaction
// is over.
func TestATransactionThatItsContextEndedSaysSo(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	err := transact(ctx, open(t, table(t)), func(tx *sql.Tx) error {
		cancel()
		for {
			if _, err := tx.ExecContext(t.Context(), "SELECT 1"); errors.Is(err, sql.ErrTxDone) {
				return nil
			}
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want context.Canceled", err)
	}
}
