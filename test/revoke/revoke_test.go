package revoke

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"trolley/internal/store"
	"trolley/session"
	"trolley/test/minishop"
)

// guestOf opens the database of a running shop once more, as trolley-admin does.
func guestOf(t *testing.T, dsn string) *store.Store {
	t.Helper()
	s, err := store.OpenExisting(t.Context(), dsn, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// endOne ends the session whose token column begins with id, as trolley-admin does.
func endOne(ctx context.Context, s *store.Store, id string) (token string, err error) {
	row, err := s.FindSession(ctx, id)
	if err == nil {
		err = session.Revoke(ctx, s.Write(), row.Token)
	}
	return row.Token, err
}

// wantRevoked fails the test unless a session is over and cannot store anything yet.
func wantRevoked(t *testing.T, s *minishop.Shop, cookie string) {
	t.Helper()
	if got := s.Get(cookie).Body; got != "0 units, false" {
		t.Errorf("the revoked session has %s", got)
	}
	if a := s.Post("/add", cookie); a.Status == http.StatusOK || a.Cookie != cookie {
		t.Errorf("the revoked session stored something at once: %+v", a)
	}
}

func TestARevokedSessionIsOverAtTheNextRequest(t *testing.T) {
	t.Parallel()
	minishop.OnEachEngine(t, func(t *testing.T, e minishop.Engine) {
		dsn := e.New(t)
		s := minishop.Open(t, dsn)
		doomed, spared := s.Must("/add", "").Cookie, s.Must("/add", "").Cookie
		token, err := endOne(t.Context(), guestOf(t, dsn), minishop.HashOf(doomed)[:12])
		if err != nil || token != minishop.HashOf(doomed) {
			t.Fatalf("Revoke = %s, %v", token, err)
		}
		wantRevoked(t, s, doomed)
		if got := s.Get(spared).Body; got != "2 units, true" {
			t.Errorf("another session has %s", got)
		}
	})
}

func TestARequestUnderWayCannotStoreInARevokedSession(t *testing.T) {
	t.Parallel()
	minishop.OnEachEngine(t, func(t *testing.T, e minishop.Engine) {
		dsn := e.New(t)
		s := minishop.Open(t, dsn)
		doomed := s.Must("/add", "").Cookie
		answers := make(chan minishop.Answer)
		go func() { answers <- s.Post("/slow", doomed) }()
		<-s.Inside // it has read the session, and has yet to write it
		if _, err := endOne(t.Context(), guestOf(t, dsn), minishop.HashOf(doomed)); err != nil {
			t.Fatal(err)
		}
		close(s.Release)
		if a := <-answers; a.Status == http.StatusOK || a.Cookie != doomed {
			t.Errorf("the request under way was answered %+v", a)
		}
		if n := minishop.Count(t, s.Read(), "SELECT COUNT(*) FROM sessions"); n != 0 {
			t.Errorf("%d sessions are left", n)
		}
	})
}

func TestRevokeWantsOneSession(t *testing.T) {
	t.Parallel()
	minishop.OnEachEngine(t, func(t *testing.T, e minishop.Engine) {
		s := minishop.OpenStore(t, e.New(t))
		insert := func(token string) {
			minishop.Exec(t, s.Write(), "INSERT INTO sessions (token, data, expiry) VALUES ($1, $2, $3)", token, []byte("{}"), expiry(s, time.Now()))
		}
		insert("-_aBcDeF" + strings.Repeat("0", 35))
		insert("-_aBcDeF" + strings.Repeat("1", 35))
		insert("aaaaaaaa" + strings.Repeat("%", 35))
		for id, want := range map[string]error{
			"-_aBc": store.ErrSessionID, "": store.ErrSessionID, "aaaaaa%": store.ErrSessionID, "______": store.ErrNotFound, "-_abcd": store.ErrNotFound,
			"-_aBcD": store.ErrAmbiguous, "-_aBcDeF2": store.ErrNotFound, strings.Repeat("0", 44): store.ErrSessionID,
		} {
			if _, err := endOne(t.Context(), s, id); !errors.Is(err, want) {
				t.Errorf("Revoke(%q) = %v, want %v", id, err, want)
			}
		}
		for _, id := range []string{"-_aBcDeF0", "-_aBcDeF"} {
			if _, err := endOne(t.Context(), s, id); err != nil {
				t.Errorf("Revoke(%q) = %v", id, err)
			}
		}
		if n := minishop.Count(t, s.Read(), "SELECT COUNT(*) FROM ended_sessions"); n != 2 {
			t.Errorf("%d sessions are known to have ended, want 2", n)
		}
	})
}
