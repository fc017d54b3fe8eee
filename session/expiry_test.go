package session

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alexedwards/scs/v2"
)

// bubble runs f on a clock of its own, which moves only while everybody sleeps.
// The site is made outside: scs and database/sql start goroutines that stay.
func bubble(t *testing.T, o Options, f func(t *testing.T, s *site)) {
	t.Helper()
	s := newSite(t, o)
	synctest.Test(t, func(t *testing.T) {
		s.t = t
		f(t, s)
	})
}

func TestIdleSessionEndsOnTime(t *testing.T) {
	t.Parallel()
	bubble(t, Options{IdleTimeout: time.Hour}, func(t *testing.T, s *site) {
		cookie := s.begin()
		for range 3 { // each use starts the hour again
			time.Sleep(time.Hour - time.Second)
			if got, want := s.count(cookie), 1; got != want {
				t.Fatalf("a second before the timeout: count %d, want %d", got, want)
			}
		}
		time.Sleep(time.Hour + time.Second)
		if got, want := s.count(cookie), -1; got != want {
			t.Errorf("a second after the timeout: count %d, want %d", got, want)
		}
	})
}

// Neither use nor writes nor an idle timeout move the deadline.
func TestUseDoesNotExtendTheDeadline(t *testing.T) {
	t.Parallel()
	for _, idle := range []time.Duration{0, time.Hour} {
		t.Run(idle.String(), func(t *testing.T) {
			t.Parallel()
			bubble(t, Options{Lifetime: 3 * time.Hour, IdleTimeout: idle}, func(t *testing.T, s *site) {
				cookie := s.begin()
				for n := range 5 {
					time.Sleep(30 * time.Minute)
					if a := s.post(cookie, s.put(n)); a.setsCookie() {
						t.Errorf("write %d sets the cookie anew: %q", n, a.header.Get("Set-Cookie"))
					}
				}
				wantDeadline(t, s, cookie, 30*time.Minute)
			})
		})
	}
}

// wantDeadline fails unless the session lives until left has passed, to the
// second, and no longer.
func wantDeadline(t *testing.T, s *site, cookie string, left time.Duration) {
	t.Helper()
	time.Sleep(left - time.Second)
	if s.count(cookie) < 0 {
		t.Error("the session ended before its deadline")
	}
	time.Sleep(2 * time.Second)
	if got := s.count(cookie); got >= 0 {
		t.Errorf("the session outlives its deadline and counts %d", got)
	}
}

func TestRenewalKeepsTheDeadline(t *testing.T) {
	t.Parallel()
	bubble(t, Options{Lifetime: 3 * time.Hour}, func(t *testing.T, s *site) {
		cookie := s.begin()
		for range 2 {
			time.Sleep(time.Hour)
			old := cookie
			if cookie = cookieOf(s.post(old, s.do(Renew))); cookie == "" || cookie == old {
				t.Fatalf("renewal of %q sent %q", old, cookie)
			}
		}
		wantDeadline(t, s, cookie, time.Hour)
	})
}

func TestStockRenewalExtendsTheDeadline(t *testing.T) {
	t.Parallel()
	s, _ := newStockSite(t, table(t), 5000)
	synctest.Test(t, func(t *testing.T) {
		var before, after time.Time
		s.post("", func(_ http.ResponseWriter, r *http.Request) {
			before = s.Deadline(r.Context())
			time.Sleep(time.Hour)
			if err := s.RenewToken(r.Context()); err != nil {
				t.Error(err)
			}
			after = s.Deadline(r.Context())
		})
		if !after.After(before) {
			t.Error("stock scs keeps the deadline, so the test above proves nothing")
		}
	})
}

// The deadline in the data counts, wherever the expiry was moved.
func TestMovedExpiryDoesNotOutliveTheDeadline(t *testing.T) {
	t.Parallel()
	bubble(t, Options{Lifetime: time.Hour}, func(t *testing.T, s *site) {
		cookie := s.begin()
		s.exec("UPDATE sessions SET expiry = expiry + 365")
		wantDeadline(t, s, cookie, time.Hour)
		a := s.post(cookie, s.put(7))
		if got := cookieOf(a); got == "" || got == cookie {
			t.Errorf("a write after the deadline sends cookie %q; want a new session's", got)
		}
	})
}

// An expiry that was moved into the past ends a session.
func TestMovedExpiryEndsASession(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{})
	cookie := s.begin()
	s.exec("UPDATE sessions SET expiry = expiry - 31")
	if got, want := s.count(cookie), -1; got != want {
		t.Errorf("count %d, want %d", got, want)
	}
}

func TestStockOutlivesItsDeadline(t *testing.T) {
	t.Parallel()
	path := table(t)
	s, _ := newStockSite(t, path, 5000)
	cookie := s.begin()
	data, err := scs.GobCodec{}.Encode(time.Now().Add(-time.Hour), map[string]any{"count": 5})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := open(t, path).Exec("UPDATE sessions SET data = $1", data); err != nil {
		t.Fatal(err)
	}
	s.get(cookie, func(_ http.ResponseWriter, r *http.Request) {
		if s.GetInt(r.Context(), "count") != 5 {
			t.Error("stock scs looks at the deadline, so the test above proves nothing")
		}
	})
}

// A page view writes nothing but a touch, and that once a minute.
func TestReadsWriteAtMostATouchAMinute(t *testing.T) {
	t.Parallel()
	bubble(t, Options{IdleTimeout: time.Hour}, func(t *testing.T, s *site) {
		cookie := s.begin()
		before, _ := s.row(cookie)
		const minutes, viewsAMinute = 10, 30
		s.spy.take()
		for range minutes * viewsAMinute {
			time.Sleep(time.Minute / viewsAMinute)
			if a := s.get(cookie, s.do(noop)); a.setsCookie() {
				t.Fatalf("a page view sets cookie %q", a.header.Get("Set-Cookie"))
			}
		}
		after, _ := s.row(cookie)
		if !after.holds(before.data) {
			t.Errorf("the data changed from %s to %s", before.data, after.data)
		}
		touches := writes(s.spy.take())
		if got := len(touches); got == 0 || got > minutes {
			t.Errorf("%d writes in %d minutes: %q", got, minutes, touches)
		}
		if slices.ContainsFunc(touches, func(q string) bool { return q != touchSQL }) {
			t.Errorf("a view writes more than touches: %q", touches)
		}
		if got, want := s.Stats().Touches, int64(len(touches)); got != want {
			t.Errorf("Touches = %d, want %d", got, want)
		}
		if idle := time.Until(after.expiry); idle > time.Hour+time.Second || idle < 58*time.Minute {
			t.Errorf("it ends in %v, want about an hour", idle)
		}
	})
}

// A program that keeps no cookies leaves rows that end after a week. The first return of
// a cookie, with a page view or a change, gives a session its whole lifetime: one write.
func TestASessionWhoseCookieNeverCameBackLivesAWeek(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for name, comeBack := range map[string]func(s *site, cookie string){
		"page view": func(s *site, cookie string) { s.get(cookie, s.do(noop)) },
		"change":    func(s *site, cookie string) { s.post(cookie, s.put(1)); s.post(cookie, s.put(2)) },
		"renewal":   func(s *site, cookie string) { s.post(cookie, s.do(Renew)) },
		"read-only": func(s *site, cookie string) { ask(s.ReadOnly(s.do(noop)), newRequest("GET", cookie, "")) },
	} {
		for idle, want := range map[time.Duration]time.Duration{0: 30 * day, 10 * day: 10 * day, day: day} {
			bubble(t, Options{IdleTimeout: idle}, func(t *testing.T, s *site) {
				cookie := s.beginUnseen()
				row, _ := s.row(cookie)
				if got := time.Until(row.expiry); got != min(want, 7*day) {
					t.Errorf("%s, idle timeout %v: a new session ends in %v", name, idle, got)
				}
				comeBack(s, cookie)
				if got := s.expiries(); len(got) != 1 || time.Until(got[0]) != want {
					t.Errorf("%s, idle timeout %v: it ends at %v, want in %v", name, idle, got, want)
				}
				s.spy.take()
				s.get(cookie, s.do(noop))
				if got := writes(s.spy.take()); len(got) > 0 {
					t.Errorf("%s: the next page view writes %q", name, got)
				}
			})
		}
	}
}

// Whatever moves the expiry, no session is longer than its lifetime, however short.
func TestTheFirstReturnDoesNotMoveTheDeadline(t *testing.T) {
	t.Parallel()
	bubble(t, Options{Lifetime: 8 * 24 * time.Hour}, func(t *testing.T, s *site) {
		cookie := s.beginUnseen()
		time.Sleep(6 * 24 * time.Hour)
		s.get(cookie, s.do(noop))
		wantDeadline(t, s, cookie, 2*24*time.Hour)
	})
	bubble(t, Options{Lifetime: 8 * 24 * time.Hour}, func(t *testing.T, s *site) {
		cookie := s.beginUnseen()
		time.Sleep(7*24*time.Hour + time.Second)
		if n, err := s.Purge(t.Context()); n != 1 || err != nil || s.count(cookie) != -1 {
			t.Errorf("%d rows purged, error %v, count %d; want 1, -1", n, err, s.count(cookie))
		}
	})
}

// expiries are those of all rows.
func (s *site) expiries() (all []time.Time) {
	s.t.Helper()
	rows, err := s.db.Query("SELECT expiry FROM sessions")
	if err != nil {
		s.t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var expiry Expiry
		if err := rows.Scan(&expiry); err != nil {
			s.t.Fatal(err)
		}
		all = append(all, expiry.Time)
	}
	if err := rows.Err(); err != nil {
		s.t.Fatal(err)
	}
	return all
}

func noop(context.Context) error { return nil }

// Without an idle timeout there is nothing to touch.
func TestReadsWithoutIdleTimeoutWriteNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{})
	cookie := s.begin()
	s.spy.take()
	for range 20 {
		s.get(cookie, s.do(noop))
	}
	if got := writes(s.spy.take()); len(got) > 0 {
		t.Errorf("page views wrote %q", got)
	}
}

// A value that is put back as it was is no write either.
func TestPuttingTheSameValueWritesNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{})
	cookie := s.begin()
	s.spy.take()
	a := s.post(cookie, s.put(1))
	if got := writes(s.spy.take()); len(got) > 0 || a.setsCookie() {
		t.Errorf("it wrote %q and sent cookie %q", got, a.header.Get("Set-Cookie"))
	}
}

func TestStockIdleTimeoutRewritesOnEveryRead(t *testing.T) {
	t.Parallel()
	s, spy := newStockSite(t, table(t), 5000)
	s.IdleTimeout = time.Hour
	cookie := s.begin()
	spy.take()
	a := s.get(cookie, func(http.ResponseWriter, *http.Request) {})
	if got := writes(spy.take()); len(got) == 0 || !a.setsCookie() {
		t.Error("stock scs writes nothing, so the tests above prove nothing")
	}
}

// A touch that finds the database locked must not fail or hold up the page.
func TestTouchUnderALockFailsNoPage(t *testing.T) {
	t.Parallel()
	path := table(t)
	s := newSiteOn(t, path, 60_000, Options{IdleTimeout: time.Hour, MaxWait: time.Hour})
	cookie := s.begin()
	s.exec("UPDATE sessions SET expiry = expiry - 0.5 / 24") // half an hour ago
	release := lock(t, path)
	defer release()
	if got, want := s.count(cookie), 1; got != want {
		t.Errorf("count %d, want %d; error %v", got, want, s.failed)
	}
	lines := s.log.lines(t, "session not touched")
	if len(lines) != 1 || strings.Contains(fmt.Sprint(lines[0]["error"]), "SQLITE_BUSY") {
		t.Errorf("warnings %v, want one, and not after the driver's busy timeout", lines)
	}
}

// One clock, Go's, decides; no statement asks SQLite for the time.
func TestOneClockDecides(t *testing.T) {
	t.Parallel()
	// The bubble's clock starts in the year 2000, SQLite's own does not.
	bubble(t, Options{IdleTimeout: time.Hour}, func(t *testing.T, s *site) {
		cookie := cookieOf(s.post(s.begin(), s.do(Renew)))
		if got, want := s.count(cookie), 1; got != want {
			t.Errorf("count %d, want %d", got, want)
		}
		if _, err := s.Purge(t.Context()); err != nil || s.rows() != 1 {
			t.Errorf("purge left %d rows of 1, error %v", s.rows(), err)
		}
		for _, st := range s.spy.all() {
			if strings.Contains(st.query, "now") {
				t.Errorf("a statement asks for the time: %s", st.query)
			}
		}
	})
}

// The idle timeout never moves the expiry past the deadline, so that the
// purge takes the row when the session is over.
func TestExpiryIsNeverAfterTheDeadline(t *testing.T) {
	t.Parallel()
	bubble(t, Options{Lifetime: 2 * time.Hour, IdleTimeout: 90 * time.Minute}, func(t *testing.T, s *site) {
		deadline := time.Now().Add(s.o.Lifetime)
		cookie := s.begin()
		for _, use := range []http.HandlerFunc{s.do(noop), s.put(2), s.do(noop)} { // touch, write, touch
			time.Sleep(35 * time.Minute)
			s.post(cookie, use)
			if r, ok := s.row(cookie); !ok || r.expiry.After(deadline.Add(time.Millisecond)) {
				t.Errorf("row %v, expiry %v, deadline %v", ok, r.expiry, deadline)
			}
		}
	})
}

// To a session, a clock that is set back is an expiry that lies further ahead, as
// is one of a longer timeout than there is now. Its use moves it back, once.
func TestUseMovesALateExpiryBack(t *testing.T) {
	t.Parallel()
	for name, use := range map[string]func(*site, string) answer{
		"a page view": func(s *site, cookie string) answer { return s.get(cookie, s.do(noop)) },
		"a write":     func(s *site, cookie string) answer { return s.post(cookie, s.put(7)) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bubble(t, Options{IdleTimeout: time.Hour}, func(t *testing.T, s *site) {
				cookie := s.begin()
				s.exec("UPDATE sessions SET expiry = expiry + 1")
				s.spy.take()
				for range 3 {
					use(s, cookie)
				}
				if r, _ := s.row(cookie); time.Until(r.expiry) > time.Hour+time.Second {
					t.Errorf("it ends in %v, want an hour", time.Until(r.expiry))
				}
				if got := writes(s.spy.take()); len(got) != 1 {
					t.Errorf("three times it wrote %q, want one write", got)
				}
			})
		})
	}
}
