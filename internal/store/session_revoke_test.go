package store

import (
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"trolley/session"
)

// guestOf opens the database of a running shop once more, as trolley-admin does.
func guestOf(t *testing.T, dsn string) *Store {
	t.Helper()
	s, err := OpenExisting(t.Context(), dsn, slog.New(slog.DiscardHandler))
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

// wantRevoked fails the test unless a session is over and cannot store anything yet.
func (s *shop) wantRevoked(t *testing.T, cookie string) {
	t.Helper()
	if got := s.get(cookie).body; got != "0 units, false" {
		t.Errorf("the revoked session has %s", got)
	}
	if a := s.post("/add", cookie); a.status == http.StatusOK || a.cookie != cookie {
		t.Errorf("the revoked session stored something at once: %+v", a)
	}
}

func TestARevokedSessionIsOverAtTheNextRequest(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, e engineUnderTest) {
		dsn := e.ready(t)
		s := openShop(t, dsn)
		doomed, spared := s.must("/add", "").cookie, s.must("/add", "").cookie
		guest := guestOf(t, dsn)
		row, err := guest.FindSession(t.Context(), hashOf(doomed)[:12])
		if err == nil {
			err = session.Revoke(t.Context(), guest.Write(), row.Token)
		}
		if err != nil || row.Token != hashOf(doomed) {
			t.Fatalf("Revoke = %s, %v", row.Token, err)
		}
		s.wantRevoked(t, doomed)
		if got := s.get(spared).body; got != "2 units, true" {
			t.Errorf("another session has %s", got)
		}
	})
}

func TestARequestUnderWayCannotStoreInARevokedSession(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, e engineUnderTest) {
		dsn := e.ready(t)
		s := openShop(t, dsn)
		doomed := s.must("/add", "").cookie
		answers := make(chan answer)
		go func() { answers <- s.post("/slow", doomed) }()
		<-s.inside // it has read the session, and has yet to write it
		if err := session.Revoke(t.Context(), guestOf(t, dsn).Write(), hashOf(doomed)); err != nil {
			t.Fatal(err)
		}
		close(s.release)
		if a := <-answers; a.status == http.StatusOK || a.cookie != doomed {
			t.Errorf("the request under way was answered %+v", a)
		}
		if n := count(t, s.Read(), "SELECT COUNT(*) FROM sessions"); n != 0 {
			t.Errorf("%d sessions are left", n)
		}
	})
}

func TestASessionIsFoundByTheBeginningOfItsToken(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, e engineUnderTest) {
		s := e.open(t)
		insert := func(token string) {
			mustExec(t, s.Write(), "INSERT INTO sessions (token, data, expiry) VALUES ($1, $2, $3)", token, []byte("{}"), s.expiry(s.now()))
		}
		insert("-_aBcDeF" + strings.Repeat("0", 35))
		insert("-_aBcDeF" + strings.Repeat("1", 35))
		insert("aaaaaaaa" + strings.Repeat("%", 35))
		for id, want := range map[string]error{
			"-_aBc": ErrSessionID, "": ErrSessionID, "aaaaaa%": ErrSessionID, "______": ErrNotFound, "-_abcd": ErrNotFound,
			"-_aBcD": ErrAmbiguous, "-_aBcDeF2": ErrNotFound, strings.Repeat("0", 44): ErrSessionID,
		} {
			if _, err := s.FindSession(t.Context(), id); !errors.Is(err, want) {
				t.Errorf("FindSession(%q) = %v, want %v", id, err, want)
			}
		}
		for _, id := range []string{"-_aBcDeF0", "-_aBcDeF"} {
			row, err := s.FindSession(t.Context(), id)
			if err == nil {
				err = session.Revoke(t.Context(), s.Write(), row.Token)
			}
			if err != nil {
				t.Errorf("FindSession(%q) = %v", id, err)
			}
		}
		if n := count(t, s.Read(), "SELECT COUNT(*) FROM ended_sessions"); n != 2 {
			t.Errorf("%d sessions are known to have ended, want 2", n)
		}
	})
}
