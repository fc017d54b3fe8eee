package session

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"
)

// A visitor who only looks leaves no trace: no row, no cookie, not even a statement.
func TestAnonymousVisitorLeavesNoTrace(t *testing.T) {
	t.Parallel()
	for name, look := range map[string]func(context.Context) error{
		"nothing":      noop,
		"get":          func(ctx context.Context) error { countKey.Get(ctx); Values(ctx); Current(ctx); return nil },
		"remembered":   func(ctx context.Context) error { Remembered(ctx); Remember(ctx, true); return nil },
		"renew":        Renew,
		"remove":       func(ctx context.Context) error { countKey.Remove(ctx); return nil },
		"put and undo": func(ctx context.Context) error { err := countOne(ctx); countKey.Remove(ctx); return err },
	} {
		for _, method := range []string{"GET", "HEAD", "POST"} {
			s := newSite(t, Options{IdleTimeout: time.Hour})
			a := ask(s.Handler(s.do(look)), newRequest(method, "", ""))
			if got := s.spy.all(); len(got) > 0 || a.setsCookie() || s.rows() != 0 {
				t.Errorf("%s, %s: %d statements, cookie %q, %d rows", name, method, len(got), a.header.Get("Set-Cookie"), s.rows())
			}
		}
	}
}

// Nothing to destroy is no work, but the browser's cookie goes.
func TestDestroyOfNothingRunsNoSQL(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{})
	for _, cookie := range []string{"", "session=malformed"} {
		a := s.post(cookie, s.do(Destroy))
		if got := s.spy.all(); len(got) > 0 || a.status != http.StatusOK {
			t.Errorf("%q: status %d, statements %v", cookie, a.status, got)
		}
		if got := a.header.Get("Set-Cookie"); !strings.Contains(got, "session=; ") || !strings.Contains(got, "Max-Age=0") {
			t.Errorf("%q: Set-Cookie %q, want a deletion", cookie, got)
		}
	}
}

func TestStockDestroyOfNothingRunsADelete(t *testing.T) {
	t.Parallel()
	s, spy := newStockSite(t, table(t), 5000)
	s.post("", func(_ http.ResponseWriter, r *http.Request) {
		if err := s.Destroy(r.Context()); err != nil {
			t.Error(err)
		}
	})
	if len(writes(spy.take())) == 0 {
		t.Error("stock scs runs nothing, so the test above proves nothing")
	}
}

// After the answer the session is gone from the server, for good.
func TestDestroyIsFinal(t *testing.T) {
	t.Parallel()
	bubble(t, Options{}, func(t *testing.T, s *site) {
		cookie, other := s.begin(), s.begin()
		a := s.post(cookie, s.do(Destroy))
		if got := a.header.Get("Set-Cookie"); a.status != http.StatusOK || !strings.Contains(got, "Max-Age=0") {
			t.Errorf("status %d, Set-Cookie %q; want a deletion", a.status, got)
		}
		if got, want := s.rows(), 1; got != want {
			t.Errorf("%d rows, want %d", got, want)
		}
		for _, later := range []time.Duration{0, 30 * time.Second, time.Hour} {
			time.Sleep(later)
			s.post(cookie, s.put(7))
			if _, ok := s.row(cookie); ok || s.count(cookie) != -1 {
				t.Errorf("%v later the session is back", later)
			}
		}
		if got, want := s.count(other), 1; got != want {
			t.Errorf("the other session counts %d, want %d", got, want)
		}
	})
}

// A second logout is harmless. A browser that got the first one's answer
// sends no cookie any more; one that did not gets its cookie deleted a minute
// later at the latest. Within that minute the package cannot tell a destroyed
// session from a renewed one, whose newer cookie it must not delete: ErrEnded.
func TestSecondDestroyIsHarmless(t *testing.T) {
	t.Parallel()
	bubble(t, Options{}, func(t *testing.T, s *site) {
		cookie := s.begin()
		s.post(cookie, s.do(Destroy))
		next := s.begin()
		if a := s.post("", s.do(Destroy)); a.status != http.StatusOK {
			t.Errorf("without the cookie: status %d, error %v", a.status, s.failed)
		}
		a := s.post(cookie, s.do(Destroy))
		if a.status != http.StatusOK {
			t.Errorf("at once: status %d, error %v", a.status, s.failed)
		}
		wantCookie(t, a, "")
		time.Sleep(2 * endedMemory)
		s.spy.take()
		a = s.post(cookie, s.do(Destroy))
		if got := a.header.Get("Set-Cookie"); a.status != http.StatusOK || !strings.Contains(got, "Max-Age=0") {
			t.Errorf("later: status %d, Set-Cookie %q, want a deletion", a.status, got)
		}
		if got := writes(s.spy.take()); len(got) > 0 {
			t.Errorf("later: it wrote %q", got)
		}
		if got, want := s.count(next), 1; got != want {
			t.Errorf("the next session counts %d, want %d", got, want)
		}
	})
}

// A logout that was sent before a renewal must not claim to have ended
// the session that goes on under the newer cookie.
func TestDestroyAfterARenewalSaysSo(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{})
	old := s.begin()
	renewed := cookieOf(s.post(old, s.do(Renew)))
	a := s.post(old, func(_ http.ResponseWriter, r *http.Request) {
		if err := Destroy(r.Context()); !errors.Is(err, ErrEnded) {
			t.Errorf("error %v, want %v", err, ErrEnded)
		}
	})
	wantCookie(t, a, "")
	if got, want := s.count(renewed), 1; got != want {
		t.Errorf("the renewed session counts %d, want %d", got, want)
	}
}

// What one handler asks for in a row comes out as if asked for one by one.
func TestRenewDestroyAndPutInOneHandler(t *testing.T) {
	t.Parallel()
	put := func(ctx context.Context) error { return countKey.Put(ctx, 5) }
	for _, c := range []struct {
		name    string
		steps   []func(context.Context) error
		rows    int
		count   int // of the cookie that is sent
		deletes bool
	}{
		{"renew, renew", []func(context.Context) error{Renew, Renew}, 1, 1, false},
		{"renew, put", []func(context.Context) error{Renew, put}, 1, 5, false},
		{"put, renew", []func(context.Context) error{put, Renew}, 1, 5, false},
		{"renew, destroy", []func(context.Context) error{Renew, Destroy}, 0, -1, true},
		{"put, destroy", []func(context.Context) error{put, Destroy}, 0, -1, true},
		{"destroy, destroy", []func(context.Context) error{Destroy, Destroy}, 0, -1, true},
		{"destroy, put", []func(context.Context) error{Destroy, put}, 1, 5, false},
		{"destroy, put, destroy", []func(context.Context) error{Destroy, put, Destroy}, 0, -1, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, Options{})
			old := s.begin()
			a := s.post(old, func(w http.ResponseWriter, r *http.Request) {
				for _, step := range c.steps {
					s.do(step)(w, r)
				}
			})
			sent := a.header.Get("Set-Cookie")
			if got := strings.Contains(sent, "Max-Age=0"); a.status != http.StatusOK || got != c.deletes || cookieOf(a) == old {
				t.Errorf("status %d, error %v, Set-Cookie %q", a.status, s.failed, sent)
			}
			if got := s.count(cookieOf(a)); got != c.count || s.rows() != c.rows || s.count(old) != -1 {
				t.Errorf("count %d, want %d; %d rows, want %d; the old session counts %d", got, c.count, s.rows(),
					c.rows, s.count(old))
			}
		})
	}
}

// The memory of ended sessions is as short as promised.
func TestEndedSessionsAreForgotten(t *testing.T) {
	t.Parallel()
	bubble(t, Options{}, func(t *testing.T, s *site) {
		s.post(s.begin(), s.do(Destroy))
		s.post(s.begin(), s.do(Renew))
		for _, want := range []int{2, 0} {
			if _, err := s.Purge(t.Context()); err != nil {
				t.Error(err)
			}
			var got int
			if err := s.db.QueryRow("SELECT count(*) FROM ended_sessions").Scan(&got); err != nil || got != want {
				t.Errorf("%d ended sessions are remembered, want %d; error %v", got, want, err)
			}
			time.Sleep(endedMemory + time.Second)
		}
	})
}

// Each event of a session's life is one line, with its short name.
func TestLifeIsLoggedOnce(t *testing.T) {
	t.Parallel()
	bubble(t, Options{Lifetime: time.Hour, IdleTimeout: 30 * time.Minute}, func(t *testing.T, s *site) {
		first := s.begin()
		renewed := cookieOf(s.post(first, s.do(Renew)))
		s.post(renewed, s.put(2))
		s.count(renewed)
		s.post(renewed, s.do(Destroy))
		second := s.begin()
		time.Sleep(2 * time.Hour)
		s.count(second)
		for range 2 {
			if _, err := s.Purge(t.Context()); err != nil {
				t.Error(err)
			}
		}
		short := func(cookie string) string { return hash(tokenOf(cookie))[:12] }
		wantLog(t, s, "session created", "session", short(first), short(second))
		wantLog(t, s, "session renewed", "session", short(renewed))
		wantLog(t, s, "session renewed", "was", short(first))
		wantLog(t, s, "session destroyed", "session", short(renewed))
		if lines := s.log.lines(t, "sessions expired"); len(lines) != 1 || lines[0]["count"] != 1.0 ||
			lines[0]["sessions"].([]any)[0] != short(second) {
			t.Errorf("expired: %v, want %s alone", lines, short(second))
		}
		if at := s.log.lines(t, "session created")[0]["expires"].(string); at != "2000-01-01T00:30:00Z" {
			t.Errorf("created with expires %s, want half an hour past midnight, UTC", at)
		}
		if got := s.Stats(); got.Created != 2 || got.Renewed != 1 || got.Destroyed != 1 || got.Expired != 1 {
			t.Errorf("stats %+v", got)
		}
	})
}

func wantLog(t *testing.T, s *site, msg, key string, want ...string) {
	t.Helper()
	lines := s.log.lines(t, msg)
	for i := range max(len(lines), len(want)) {
		if i >= len(lines) || i >= len(want) || lines[i][key] != want[i] {
			t.Errorf("%s: %v, want %s %q", msg, lines, key, want)
			return
		}
	}
}

// What did not happen is not logged.
func TestFailedRunsAreNotLogged(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{})
	runs := 0
	s.post("", func(w http.ResponseWriter, r *http.Request) {
		s.put(1)(w, r)
		if runs++; runs < 3 {
			RunAgain(r.Context())
		}
	})
	s.post("", func(w http.ResponseWriter, r *http.Request) {
		s.put(1)(w, r)
		w.WriteHeader(http.StatusInternalServerError) // too late: the status is 200
	})
	s.post("", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusInternalServerError)
		s.put(1)(w, r)
	})
	if got, want := len(s.log.lines(t, "session created")), 2; got != want || s.rows() != want {
		t.Errorf("%d sessions were logged, %d stored, want %d", got, s.rows(), want)
	}
}

// A row that was deleted in the table while a request was under way
// is as final as one that its visitor destroyed.
func TestDeletedRowIsNotReplacedByARequestInFlight(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{})
	cookie := s.begin()
	a := s.post(cookie, func(w http.ResponseWriter, r *http.Request) {
		s.exec("DELETE FROM sessions")
		s.put(2)(w, r)
	})
	if a.status != http.StatusConflict || a.setsCookie() || s.rows() != 0 || !errors.Is(s.failed, ErrEnded) {
		t.Errorf("status %d, cookie %q, %d rows, error %v", a.status, a.header.Get("Set-Cookie"), s.rows(), s.failed)
	}
}

// Once the clock is set back, what ended lies ahead. Who still sends the token can
// store something again, and the purge does not keep it until then.
func TestEndedSessionsAreForgottenWhenTheClockIsSetBack(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{})
	cookie := s.begin()
	s.post(cookie, s.do(Destroy))
	s.exec("UPDATE ended_sessions SET ended_at = ended_at + 3600000")
	if a := s.post(cookie, s.put(7)); a.status != http.StatusOK || cookieOf(a) == "" {
		t.Errorf("status %d, cookie %q, want a new session", a.status, cookieOf(a))
	}
	if _, err := s.Purge(t.Context()); err != nil || s.ended() != 0 {
		t.Errorf("%d ended sessions are left, error %v", s.ended(), err)
	}
}
