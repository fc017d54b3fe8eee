package store

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"testing"
	"time"

	"trolley/session"
)

// addSessions adds n sessions that nobody has.
func addSessions(t *testing.T, s *Store, n int) {
	t.Helper()
	err := s.Transact(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
		for i := range n {
			_, err := tx.ExecContext(ctx, "INSERT INTO sessions (token, data, expiry) VALUES ($1, $2, $3)",
				fmt.Sprintf("%043d", i), []byte("{}"), s.expiry(s.now().Add(time.Hour)))
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// revokeAll ends every session from outside of the shop, as trolley-admin does.
func revokeAll(t *testing.T, dsn string) (ended int) {
	t.Helper()
	n, err := guestOf(t, dsn).revokeAll(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func (s *Store) revokeAll(ctx context.Context) (int, error) {
	engine := session.SQLite
	if s.Engine() == Postgres {
		engine = session.Postgres
	}
	return session.RevokeAll(ctx, s.Write(), engine)
}

func TestRevokeAllEndsEverySession(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, e engineUnderTest) {
		dsn := e.ready(t)
		s := openShop(t, dsn)
		shopper := s.must("/add", "").cookie
		addSessions(t, s.Store, 100)
		if n := revokeAll(t, dsn); n != 101 {
			t.Errorf("%d sessions were ended, want 101", n)
		}
		if n := count(t, s.Read(), "SELECT COUNT(*) FROM sessions"); n != 0 {
			t.Errorf("%d sessions are left", n)
		}
		s.wantRevoked(t, shopper)
		fresh := s.must("/add", "").cookie
		if got := s.get(fresh).body; got != "2 units, true" {
			t.Errorf("a session that began afterwards has %s", got)
		}
		for _, view := range []string{"session_values", "session_carts"} {
			if n := count(t, s.Read(), "SELECT COUNT(DISTINCT session) FROM "+view); n != 1 {
				t.Errorf("%s shows %d sessions, want the one that began afterwards", view, n)
			}
		}
	})
}

// What is in memory is over with the rows, whoever ended them: also this process.
func TestRevokeAllEndsSessionsKeptInMemory(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, e engineUnderTest) {
		dsn := e.ready(t)
		s := openShop(t, dsn)
		for name, by := range map[string]*Store{"another process": guestOf(t, dsn), "the shop": s.Store} {
			shopper := s.must("/add", "").cookie
			s.get(shopper)
			before := s.sessions.Stats().Cached
			if got := s.get(shopper).body; got != "2 units, true" {
				t.Fatalf("the shopper has %s", got)
			}
			if kept := s.sessions.Stats().Cached - before; e.Engine == SQLite && kept == 0 {
				t.Fatal("nothing is kept in memory: nothing is proved")
			}
			if _, err := by.revokeAll(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := s.get(shopper).body; got != "0 units, false" {
				t.Errorf("ended by %s, the session has %s", name, got)
			}
		}
	})
}

// A request that has read its session when all are ended cannot store it again,
// be it under another token.
func TestARequestUnderWayCannotStoreAfterRevokeAll(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/slow", "/slow/renew"} {
		onEachEngine(t, func(t *testing.T, e engineUnderTest) {
			dsn := e.ready(t)
			s := openShop(t, dsn)
			doomed := s.must("/add", "").cookie
			answers := make(chan answer)
			go func() { answers <- s.post(path, doomed) }()
			<-s.inside
			func() {
				defer close(s.release)
				revokeAll(t, dsn)
			}()
			if a := <-answers; a.status != http.StatusConflict || a.cookie != doomed {
				t.Errorf("%s: the request under way was answered %+v", path, a)
			}
			if n := count(t, s.Read(), "SELECT COUNT(*) FROM sessions"); n != 0 {
				t.Errorf("%s: %d sessions are left", path, n)
			}
		})
	}
}
