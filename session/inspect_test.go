package session

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"
)

// A stored session reads from outside as it does from inside.
func TestDecodeReadsARow(t *testing.T) {
	t.Parallel()
	bubble(t, Options{Lifetime: time.Hour}, func(t *testing.T, s *site) {
		now := time.Now()
		cookie := s.begin()
		s.post(cookie, s.do(func(ctx context.Context) error {
			Remember(ctx, false)
			return errors.Join(Key[string]("a").Put(ctx, "<b>"), Key[[]int]("nil").Put(ctx, nil))
		}))
		r, _ := s.row(cookie)
		got, err := Decode(r.data)
		if err != nil || got.Remembered || !got.Created.Equal(now) || !got.Deadline.Equal(now.Add(time.Hour)) {
			t.Errorf("decoded %+v, error %v", got, err)
		}
		if len(got.Values) != 3 || got.Values[0].Key != "a" || string(got.Values[0].JSON) != `"<b>"` ||
			got.Values[1].Key != "count" {
			t.Errorf("values %s", got.Values)
		}
		if n, ok := countKey.In(got); !ok || n != 1 {
			t.Errorf("count %d, %v, want 1", n, ok)
		}
		for _, key := range []string{"a", "nil", "absent", rememberKey, createdKey} {
			if n, ok := Key[int](key).In(got); ok || n != 0 {
				t.Errorf("%s reads as the number %d", key, n)
			}
		}
		if got := ShortID(r.token); got != ShortID(r.token) || len(got) != 12 {
			t.Errorf("short name %q, want %q", got, ShortID(r.token))
		}
	})
}

// A session is remembered unless it says otherwise.
func TestDecodeOfASessionJustBegun(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{})
	r, _ := s.row(s.begin())
	if got, err := Decode(r.data); err != nil || !got.Remembered {
		t.Errorf("decoded %+v, error %v", got, err)
	}
}

// Decode returns an error, and never panics, for what is no session.
func TestDecodeRefusesAlienRows(t *testing.T) {
	t.Parallel()
	for name, data := range alien(t) {
		if got, err := Decode(data); err == nil || len(got.Values) > 0 {
			t.Errorf("%s: decoded %+v", name, got)
		}
	}
}

// A session that is revoked from outside is as ended as one that its
// visitor destroyed, for requests that are under way as well.
func TestRevokeIsFinal(t *testing.T) {
	t.Parallel()
	bubble(t, Options{}, func(t *testing.T, s *site) {
		cookie, other := s.begin(), s.begin()
		a := s.post(cookie, func(w http.ResponseWriter, r *http.Request) {
			if Current(r.Context()).Exists() { // the first run
				if err := s.Revoke(r.Context(), Current(r.Context()).Hash); err != nil {
					t.Error(err)
				}
			}
			s.put(2)(w, r)
		})
		if a.status != http.StatusConflict || a.setsCookie() || s.rows() != 1 {
			t.Errorf("under way: status %d, cookie %q, %d rows", a.status, a.header.Get("Set-Cookie"), s.rows())
		}
		if s.count(cookie) != -1 || s.count(other) != 1 {
			t.Errorf("the revoked session counts %d, the other one %d", s.count(cookie), s.count(other))
		}
		wantLog(t, s, "session revoked", "session", hash(tokenOf(cookie))[:12])
		if got := s.Stats(); got.Revoked != 1 || got.Destroyed != 0 {
			t.Errorf("stats %+v", got)
		}
		time.Sleep(revokedMemory + time.Second)
		if a := s.post(cookie, s.put(3)); cookieOf(a) == "" || cookieOf(a) == cookie {
			t.Errorf("later: status %d, cookie %q, want a new session's", a.status, cookieOf(a))
		}
	})
}

// Who empties the table leaves a "*": it makes of every session one that was revoked,
// for as long, and of none that began afterwards.
func TestAnEmptiedTableIsFinal(t *testing.T) {
	t.Parallel()
	bubble(t, Options{}, func(t *testing.T, s *site) {
		cookie := s.begin()
		s.exec("DELETE FROM sessions")
		s.exec("INSERT INTO ended_sessions (token, ended_at) VALUES ('*', $1)",
			time.Now().Add(revokedMemory-endedMemory).UnixMilli())
		if a := s.post(cookie, s.put(2)); a.status != http.StatusConflict || a.setsCookie() || s.rows() != 0 {
			t.Errorf("status %d, cookie %q, %d rows", a.status, a.header.Get("Set-Cookie"), s.rows())
		}
		if later := s.begin(); s.count(later) != 1 || s.post(later, s.put(2)).status != http.StatusOK {
			t.Error("a session that began afterwards cannot be used")
		}
		time.Sleep(revokedMemory + time.Second)
		if a := s.post(cookie, s.put(3)); cookieOf(a) == "" || cookieOf(a) == cookie {
			t.Errorf("later: status %d, cookie %q, want a new session's", a.status, cookieOf(a))
		}
	})
}

// Revoking what is not there is told apart from a failure.
func TestRevokeOfNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{})
	cookie := s.begin()
	h := hash(tokenOf(cookie))
	for _, c := range []struct {
		hash string
		want error
	}{{"absent", ErrEnded}, {tokenOf(cookie), ErrEnded}, {h, nil}, {h, ErrEnded}} {
		if err := s.Revoke(t.Context(), c.hash); !errors.Is(err, c.want) {
			t.Errorf("error %v, want %v", err, c.want)
		}
	}
	cookie = s.begin()
	s.exec("ALTER TABLE ended_sessions RENAME TO away")
	if err := s.Revoke(t.Context(), hash(tokenOf(cookie))); err == nil || errors.Is(err, ErrEnded) ||
		!strings.Contains(err.Error(), "revoke") {
		t.Errorf("error %v, want the database's", err)
	}
	s.exec("ALTER TABLE away RENAME TO ended_sessions")
	if got, want := s.count(cookie), 1; got != want || s.Stats().Revoked != 1 {
		t.Errorf("after a failure: count %d, want %d", got, want)
	}
}
