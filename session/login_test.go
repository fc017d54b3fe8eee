package session

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func login(remember bool) func(context.Context) error {
	return func(ctx context.Context) error { return Login(ctx, remember) }
}

// A sign-in changes the token, keeps the values and starts a new lifetime, which is the
// last that use or a renewal can reach.
func TestLoginStartsANewLifetime(t *testing.T) {
	t.Parallel()
	bubble(t, Options{Lifetime: 3 * time.Hour}, func(t *testing.T, s *site) {
		guest := s.begin()
		time.Sleep(2 * time.Hour)
		member := cookieOf(s.post(guest, s.do(login(true))))
		if s.count(guest) != -1 || s.count(member) != 1 {
			t.Errorf("the guest's token counts %d, the member's %d; want -1, 1", s.count(guest), s.count(member))
		}
		row, _ := s.row(member)
		if stored, err := Decode(row.data); err != nil || !stored.Created.Equal(time.Now()) ||
			!row.expiry.Equal(stored.Deadline) {
			t.Errorf("%s, error %v; want it as if created now", row.data, err)
		}
		time.Sleep(2 * time.Hour)
		member = cookieOf(s.post(member, s.do(Renew)))
		s.post(member, s.put(2))
		wantDeadline(t, s, member, time.Hour)
	})
}

// "Keep me signed in" decides about the cookie; the lifetime of the row is the same.
func TestLoginRemembersOrNot(t *testing.T) {
	t.Parallel()
	for _, remember := range []bool{true, false} {
		s := newSite(t, Options{})
		for name, cookie := range map[string]string{"guest": s.begin(), "new visitor": ""} {
			a := s.post(cookie, s.do(func(ctx context.Context) error {
				return errors.Join(Login(ctx, remember), countKey.Put(ctx, 2))
			}))
			if got := strings.Contains(a.header.Get("Set-Cookie"), "Max-Age"); got != remember || s.count(cookieOf(a)) != 2 {
				t.Errorf("%s, remember %v: %q", name, remember, a.header.Get("Set-Cookie"))
			}
			if row, _ := s.row(cookieOf(a)); time.Until(row.expiry) < 719*time.Hour {
				t.Errorf("%s, remember %v: expires %v", name, remember, row.expiry)
			}
		}
	}
}

// A sign-in that fails, or that another request overtook, has changed nothing.
func TestAFailedLoginChangesNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{})
	cookie := s.begin()
	before, _ := s.row(cookie)
	a := s.post(cookie, func(w http.ResponseWriter, r *http.Request) {
		s.do(login(true))(w, r)
		w.WriteHeader(http.StatusInternalServerError)
	})
	if after, _ := s.row(cookie); !after.holds(before.data) || a.setsCookie() {
		t.Errorf("%s, cookie %q", after.data, a.header.Get("Set-Cookie"))
	}
	ask(s.ReadOnly(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if err := Login(r.Context(), true); !errors.Is(err, ErrReadOnly) {
			t.Errorf("inside ReadOnly: %v", err)
		}
	})), newRequest("GET", cookie, ""))
}

// While one request hashes a password, others of the session are served. What they
// store is kept, and the password is hashed once.
func TestOnceDoesNotHoldTheTurn(t *testing.T) {
	t.Parallel()
	bubble(t, Options{}, func(t *testing.T, s *site) {
		cookie := s.begin()
		runs, works, adds := 0, 0, 0
		hashing, release := make(chan struct{}), make(chan struct{})
		go func() {
			<-hashing
			s.post(cookie, s.do(func(ctx context.Context) error { adds++; return addOne(ctx) }))
			close(release)
		}()
		a := s.post(cookie, s.do(func(ctx context.Context) error {
			runs++
			_, err := Once(ctx, "hash", func() (string, error) {
				works++
				close(hashing)
				<-release
				return "hash", nil
			})
			return errors.Join(err, Login(ctx, true), addOne(ctx))
		}))
		synctest.Wait()
		if runs != 2 || works != 1 || adds != 1 || s.count(cookieOf(a)) != 3 {
			t.Errorf("%d runs, %d works, %d adds, count %d; want 2, 1, 1, 3", runs, works, adds, s.count(cookieOf(a)))
		}
		if got := s.gate.size(); got != 0 {
			t.Errorf("%d turns are left", got)
		}
	})
}

// Only a request that begins a session is limited: not a page view, not a change of a
// session that there is.
func TestNewSessionsAreLimited(t *testing.T) {
	t.Parallel()
	asked, wait := 0, time.Duration(0)
	s := newSite(t, Options{Limit: func(r *http.Request) time.Duration {
		if asked++; r.RemoteAddr == "" {
			t.Error("it does not get the client's address")
		}
		return wait
	}})
	cookie := s.begin()
	wait = 1500 * time.Millisecond
	s.get("", s.do(noop))
	s.post("", s.do(noop))
	for range 3 {
		if a := s.post(cookie, s.do(addOne)); a.status != http.StatusOK {
			t.Errorf("a change: status %d, error %v", a.status, s.failed)
		}
	}
	if cookie = cookieOf(s.post(cookie, s.do(Renew))); asked != 1 {
		t.Errorf("asked %d times for one session", asked)
	}
	for _, unknown := range []string{"", "session=" + strings.Repeat("x", tokenLength)} {
		a := s.post(unknown, s.put(1))
		if a.status != http.StatusTooManyRequests || a.header.Get("Retry-After") != "2" || a.setsCookie() || s.rows() != 1 {
			t.Errorf("status %d, Retry-After %q, cookie %q, %d rows", a.status, a.header.Get("Retry-After"),
				a.header.Get("Set-Cookie"), s.rows())
		}
	}
	if got, want := s.count(cookie), 4; got != want {
		t.Errorf("count %d, want %d", got, want)
	}
}
