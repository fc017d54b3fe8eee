package revoke

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"testing"
	"time"

	"trolley/internal/store"
	"trolley/session"
	"trolley/test/minishop"
)

// expiry returns t as the column sessions.expiry of s holds it.
func expiry(s *store.Store, t time.Time) any {
	if s.Engine() == store.Postgres {
		return t
	}
	return session.JulianDay(t)
}

// addSessions adds n sessions that nobody has.
func addSessions(t *testing.T, s *store.Store, n int) {
	t.Helper()
	err := s.Transact(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
		for i := range n {
			_, err := tx.ExecContext(ctx, "INSERT INTO sessions (token, data, expiry) VALUES ($1, $2, $3)",
				fmt.Sprintf("%043d", i), []byte("{}"), expiry(s, time.Now().Add(time.Hour)))
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
	n, err := endAll(t.Context(), guestOf(t, dsn))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func endAll(ctx context.Context, s *store.Store) (int, error) {
	return session.RevokeAll(ctx, s.Write(), s.Engine())
}

func TestRevokeAllEndsEverySession(t *testing.T) {
	t.Parallel()
	minishop.OnEachEngine(t, func(t *testing.T, e minishop.Engine) {
		dsn := e.New(t)
		s := minishop.Open(t, dsn)
		shopper := s.Must("/add", "").Cookie
		addSessions(t, s.Store, 100)
		if n := revokeAll(t, dsn); n != 101 {
			t.Errorf("%d sessions were ended, want 101", n)
		}
		if n := minishop.Count(t, s.Read(), "SELECT COUNT(*) FROM sessions"); n != 0 {
			t.Errorf("%d sessions are left", n)
		}
		wantRevoked(t, s, shopper)
		fresh := s.Must("/add", "").Cookie
		if got := s.Get(fresh).Body; got != "2 units, true" {
			t.Errorf("a session that began afterwards has %s", got)
		}
		for _, view := range []string{"session_values", "session_carts"} {
			if n := minishop.Count(t, s.Read(), "SELECT COUNT(DISTINCT session) FROM "+view); n != 1 {
				t.Errorf("%s shows %d sessions, want the one that began afterwards", view, n)
			}
		}
	})
}

// What is in memory is over with the rows, whoever ended them: also this process.
func TestRevokeAllEndsSessionsKeptInMemory(t *testing.T) {
	t.Parallel()
	minishop.OnEachEngine(t, func(t *testing.T, e minishop.Engine) {
		dsn := e.New(t)
		s := minishop.Open(t, dsn)
		for name, by := range map[string]*store.Store{"another process": guestOf(t, dsn), "the shop": s.Store} {
			shopper := s.Must("/add", "").Cookie
			s.Get(shopper) // the first visit sets the row's expiry
			s.Get(shopper)
			before := s.Sessions.Stats().Cached
			if got := s.Get(shopper).Body; got != "2 units, true" {
				t.Fatalf("the shopper has %s", got)
			}
			if kept := s.Sessions.Stats().Cached - before; e.Name == minishop.SQLite.Name && kept == 0 {
				t.Fatal("nothing is kept in memory: nothing is proved")
			}
			if _, err := endAll(t.Context(), by); err != nil {
				t.Fatal(err)
			}
			if got := s.Get(shopper).Body; got != "0 units, false" {
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
		minishop.OnEachEngine(t, func(t *testing.T, e minishop.Engine) {
			dsn := e.New(t)
			s := minishop.Open(t, dsn)
			doomed := s.Must("/add", "").Cookie
			answers := make(chan minishop.Answer)
			go func() { answers <- s.Post(path, doomed) }()
			<-s.Inside
			func() {
				defer close(s.Release)
				revokeAll(t, dsn)
			}()
			if a := <-answers; a.Status != http.StatusConflict || a.Cookie != doomed {
				t.Errorf("%s: the request under way was answered %+v", path, a)
			}
			if n := minishop.Count(t, s.Read(), "SELECT COUNT(*) FROM sessions"); n != 0 {
				t.Errorf("%s: %d sessions are left", path, n)
			}
		})
	}
}
