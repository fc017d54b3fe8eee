package session

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2/memstore"
)

func forget(ctx context.Context) error { Remember(ctx, false); return nil }
func keep(ctx context.Context) error   { Remember(ctx, true); return nil }

// The whole line, as browsers get it, with its deletion.
func TestCookieIsExactlyAsPromised(t *testing.T) {
	t.Parallel()
	const host = "; HttpOnly; Secure; SameSite=Lax"
	bubble(t, Options{Secure: true, Lifetime: time.Hour}, func(t *testing.T, s *site) {
		a := s.post("", s.put(1)) // the bubble's clock starts at midnight, 1 January 2000
		cookie := cookieOf(a)
		persistent := "; Path=/; Expires=Sat, 01 Jan 2000 01:00:01 GMT; Max-Age=3601" + host
		wantCookie(t, a, cookie+persistent)
		if !strings.HasPrefix(cookie, "__Host-session=") || !tokenPattern.MatchString(tokenOf(cookie)) {
			t.Errorf("cookie %q", cookie)
		}
		wantCookie(t, s.post(cookie, s.do(forget)), cookie+"; Path=/"+host)
		wantCookie(t, s.post(cookie, s.do(forget)), "")
		wantCookie(t, s.post(cookie, s.do(keep)), cookie+persistent)
		wantCookie(t, s.post(cookie, s.do(keep)), "")
		wantCookie(t, s.post(cookie, s.do(Destroy)),
			"__Host-session=; Path=/; Expires=Thu, 01 Jan 1970 00:00:01 GMT; Max-Age=0"+host)
	})
}

func wantCookie(t *testing.T, a answer, want string) {
	t.Helper()
	if got := strings.Join(a.header.Values("Set-Cookie"), " AND "); got != want {
		t.Errorf("Set-Cookie %q, want %q", got, want)
	}
}

// However late it is sent, the cookie ends with the session (rounded up to
// the next second), not later.
func TestMaxAgeEqualsTheDeadline(t *testing.T) {
	t.Parallel()
	bubble(t, Options{Lifetime: 3 * time.Hour, IdleTimeout: 2 * time.Hour}, func(t *testing.T, s *site) {
		cookie := s.begin()
		time.Sleep(time.Hour)
		a := s.post(cookie, s.do(Renew))
		const left = 2 * 60 * 60
		if got, want := a.header.Get("Set-Cookie"), fmt.Sprintf("Max-Age=%d;", left+1); !strings.Contains(got, want) {
			t.Errorf("Set-Cookie %q, want %s", got, want)
		}
	})
}

// A visitor who wants to be forgotten stays so through writes and renewals.
func TestForgettingSurvivesARenewal(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{})
	cookie := s.begin()
	s.post(cookie, s.do(forget))
	if a := s.post(cookie, s.put(2)); a.setsCookie() {
		t.Errorf("a write sets cookie %q", a.header.Get("Set-Cookie"))
	}
	a := s.post(cookie, s.do(Renew))
	if got := a.header.Get("Set-Cookie"); got == "" || strings.Contains(got, "Max-Age") ||
		strings.Contains(got, "Expires") {
		t.Errorf("a renewal sets cookie %q, want one until the browser closes", got)
	}
	s.get(cookieOf(a), func(_ http.ResponseWriter, r *http.Request) {
		if Remembered(r.Context()) {
			t.Error("the session is remembered again")
		}
	})
}

// A new visitor can decline before there is a session.
func TestForgettingBeforeTheFirstValue(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{})
	a := s.post("", s.do(forget))
	if got := a.header.Get("Set-Cookie"); got == "" || strings.Contains(got, "Max-Age") {
		t.Errorf("Set-Cookie %q, want one until the browser closes", got)
	}
	wantCookie(t, s.post("", s.do(keep)), "") // as it is anyway
}

// No response has two session cookies, or a long one.
func TestAtMostOneShortCookie(t *testing.T) {
	t.Parallel()
	all := map[string]func(context.Context) error{"renew": Renew, "destroy": Destroy, "forget": forget, "keep": keep,
		"put": func(ctx context.Context) error { return countKey.Put(ctx, 9) }}
	for first, f := range all {
		for second, g := range all {
			t.Run(first+" "+second, func(t *testing.T) {
				t.Parallel()
				s := newSite(t, Options{Secure: true})
				for _, cookie := range []string{"", s.begin(), s.begin() + "; " + s.begin()} {
					a := s.post(cookie, func(w http.ResponseWriter, r *http.Request) { s.do(f)(w, r); s.do(g)(w, r) })
					if got := a.header.Values("Set-Cookie"); len(got) > 1 || len(strings.Join(got, "")) > 4096 {
						t.Errorf("Set-Cookie %q", got)
					}
				}
			})
		}
	}
}

// A request has one session, however often the middleware is wired.
func TestNestedHandlersShareOneSession(t *testing.T) {
	t.Parallel()
	other := newSite(t, Options{})
	bubble(t, Options{}, func(t *testing.T, s *site) { // where a second turn of one request would soon give up
		cookie := ""
		for n := 1; n <= 3; n++ {
			h := s.Handler(s.Handler(other.Handler(s.put(n))))
			a := ask(h, newRequest("POST", cookie, ""))
			if got := len(a.header.Values("Set-Cookie")); got > 1 {
				t.Fatalf("%d cookies", got)
			}
			if n == 1 {
				cookie = cookieOf(a)
			}
			if got := s.count(cookie); got != n || s.rows() != 1 || other.rows() != 0 {
				t.Errorf("count %d, want %d; %d and %d rows", got, n, s.rows(), other.rows())
			}
		}
	})
}

func TestStockSendsTwoCookies(t *testing.T) {
	t.Parallel()
	path := table(t)
	outer, _ := newStockSite(t, path, 5000)
	inner, _ := newStockSite(t, path, 5000)
	h := outer.LoadAndSave(inner.LoadAndSave(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		outer.Put(r.Context(), "count", 1)
		inner.Put(r.Context(), "count", 1)
	})))
	a := ask(h, newRequest("POST", "", ""))
	if got := len(a.header.Values("Set-Cookie")); got < 2 {
		t.Errorf("stock scs sends %d, so the tests above prove nothing", got)
	}
}

// A cookie that no browser would keep is refused at start.
func TestCookieThatBreaksItsRulesIsRefused(t *testing.T) {
	t.Parallel()
	db := open(t, table(t))
	for name, o := range map[string]Options{
		"insecure __Host-":         {Cookie: Cookie{Name: "__Host-id"}},
		"insecure __Secure-":       {Cookie: Cookie{Name: "__Secure-id"}},
		"__Host- with a path":      {Secure: true, Cookie: Cookie{Name: "__Host-id", Path: "/x"}},
		"__Host- with a domain":    {Secure: true, Cookie: Cookie{Name: "__Host-id", Domain: "shop.example"}},
		"name that cannot be sent": {Cookie: Cookie{Name: "my session"}},
		"path that cannot be sent": {Cookie: Cookie{Path: "/;x"}},
		"no such domain":           {Cookie: Cookie{Domain: "a b"}},
		"insecure to other sites":  {Cookie: Cookie{SameSite: http.SameSiteNoneMode}},
	} {
		if _, err := New(db, o); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestStockAcceptsABrokenCookie(t *testing.T) {
	t.Parallel()
	s, _ := newStockSite(t, table(t), 5000)
	s.Store = memstore.NewWithCleanupInterval(0)
	s.Cookie.Name, s.Cookie.Path, s.Cookie.Secure = "__Host-id", "/x", false
	a := s.post("", func(_ http.ResponseWriter, r *http.Request) { s.Put(r.Context(), "count", 1) })
	if !strings.HasPrefix(a.header.Get("Set-Cookie"), "__Host-id=") {
		t.Error("stock scs does not send it, so the test above proves nothing")
	}
}

// Options that cannot work are refused at start, not met at night.
func TestImpossibleOptionsAreRefused(t *testing.T) {
	t.Parallel()
	db := open(t, table(t))
	for _, o := range []Options{
		{Lifetime: time.Millisecond}, {Lifetime: -time.Hour}, {IdleTimeout: -1}, {MaxWait: -1},
		{BodyTimeout: -1}, {BodyMemory: -1}, {MaxBytes: -1},
	} {
		if _, err := New(db, o); err == nil {
			t.Errorf("%+v: no error", o)
		}
	}
	m, err := New(db, Options{})
	if err != nil || m.CookieName() != "session" || m.o.Lifetime != 720*time.Hour {
		t.Errorf("the defaults: %+v, error %v", m.o, err)
	}
}

// Each option of the cookie is in its header, and __Host- where browsers allow it.
func TestCookieOptions(t *testing.T) {
	t.Parallel()
	for want, o := range map[string]Options{
		"trolley=X; Path=/; HttpOnly; SameSite=Lax": {Cookie: Cookie{Name: "trolley",
			Persist: new(false)}},
		"__Host-trolley=X; Path=/; HttpOnly; Secure; SameSite=Strict": {Secure: true,
			Cookie: Cookie{Name: "trolley", SameSite: http.SameSiteStrictMode, Persist: new(false)}},
		"id=X; Path=/shop; HttpOnly; Secure; SameSite=None": {Secure: true,
			Cookie: Cookie{Name: "id", Path: "/shop", SameSite: http.SameSiteNoneMode, Persist: new(false)}},
		"id=X; Path=/; Domain=shop.example; HttpOnly; Secure; SameSite=Lax": {Secure: true,
			Cookie: Cookie{Name: "id", Domain: "shop.example", Persist: new(false)}},
		"__Secure-id=X; Path=/a; HttpOnly; Secure; SameSite=Lax": {Secure: true,
			Cookie: Cookie{Name: "__Secure-id", Path: "/a", Persist: new(false)}},
	} {
		s := newSite(t, o)
		a := s.post("", s.put(1))
		cookie := cookieOf(a)
		wantCookie(t, a, strings.Replace(want, "X", tokenOf(cookie), 1))
		if !strings.HasPrefix(cookie, s.CookieName()+"=") || s.count(cookie) != 1 {
			t.Errorf("%s: name %q, count %d", want, s.CookieName(), s.count(cookie))
		}
		if a := s.post(cookie, s.do(keep)); !strings.Contains(a.header.Get("Set-Cookie"), "Max-Age=") {
			t.Errorf("remembered, the cookie is %q", a.header.Get("Set-Cookie"))
		}
	}
}

// A session under the former name of the cookie goes on under the new one, with its
// token, whatever the first request is.
func TestAFormerCookieGoesOn(t *testing.T) {
	t.Parallel()
	const gone = "; Path=/; Expires=Thu, 01 Jan 1970 00:00:01 GMT; Max-Age=0; HttpOnly; SameSite=Lax"
	path := table(t)
	former := newSiteOn(t, path, 5000, Options{})
	for name, use := range map[string]func(s *site, cookie string) answer{
		"view":   func(s *site, cookie string) answer { return s.get(cookie, s.do(noop)) },
		"change": func(s *site, cookie string) answer { return s.post(cookie, s.do(addOne)) },
		"renew":  func(s *site, cookie string) answer { return s.post(cookie, s.do(Renew)) },
		"logout": func(s *site, cookie string) answer { return s.post(cookie, s.do(Destroy)) },
	} {
		s := newSiteOn(t, path, 5000, Options{Cookie: Cookie{Name: "trolley", FormerName: "session"}})
		cookie := former.begin()
		a := use(s, cookie)
		sent := a.header.Values("Set-Cookie")
		if len(sent) != 2 || !strings.HasPrefix(sent[0], "trolley=") || sent[1] != "session="+gone ||
			a.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: Set-Cookie %q", name, sent)
			continue
		}
		renamed := cookieOf(a)
		if same := tokenOf(renamed) == tokenOf(cookie); same != (name == "view" || name == "change") {
			t.Errorf("%s: the same token: %v", name, same)
		}
		want := map[string]int{"view": 1, "change": 2, "renew": 1, "logout": -1}[name]
		if got := s.count(renamed); got != want {
			t.Errorf("%s: count %d, want %d", name, got, want)
		}
		wantCookie(t, s.get(renamed, s.do(noop)), "")
		if other := former.begin(); s.count(renamed+"; "+other) != want {
			t.Errorf("%s: beside a former cookie the count is %d, want %d", name, s.count(renamed+"; "+other), want)
		}
	}
	s := newSiteOn(t, path, 5000, Options{Cookie: Cookie{Name: "trolley", FormerName: "session"}})
	// Of another program on this host.
	for _, alien := range []string{"session=eyJhIjoxfQ.x.y", "session=" + strings.Repeat("A", tokenLength)} {
		wantCookie(t, s.get(alien, s.do(noop)), "")
	}
}

// A browser may hold a session under either name. A logout ends both and deletes both
// cookies; what follows it in the same handler is stored in a third one.
func TestLogoutEndsTheSessionsOfBothNames(t *testing.T) {
	t.Parallel()
	path := table(t)
	former := newSiteOn(t, path, 5000, Options{})
	s := newSiteOn(t, path, 5000, Options{Cookie: Cookie{Name: "trolley", FormerName: "session"}})
	for name, again := range map[string]int{"logout": -1, "logout, put": 5} {
		old, current := former.begin(), s.begin()
		a := s.post(old+"; "+current, s.do(func(ctx context.Context) error {
			if err := Destroy(ctx); err != nil || again < 0 {
				return err
			}
			return countKey.Put(ctx, again)
		}))
		sent := a.header.Values("Set-Cookie")
		if len(sent) != 2 || !strings.HasPrefix(sent[0], "trolley=") ||
			!strings.HasPrefix(sent[1], "session=;") || !strings.Contains(sent[1], "Max-Age=0") {
			t.Errorf("%s: status %d, Set-Cookie %q", name, a.status, sent)
		}
		if s.count(current) != -1 || s.count(old) != -1 || s.count(cookieOf(a)) != again {
			t.Errorf("%s: counts %d, %d, %d; want -1, -1, %d", name, s.count(current), s.count(old), s.count(cookieOf(a)), again)
		}
	}
	alien := "session=" + strings.Repeat("A", tokenLength) // of another program on this host
	if got := s.post(alien+"; "+s.begin(), s.do(Destroy)).header.Values("Set-Cookie"); len(got) != 1 {
		t.Errorf("another program's cookie: Set-Cookie %q", got)
	}
}

// A view that began under the former name, and ends after the renewal, would replace
// the renewed cookie.
func TestALateViewUnderTheFormerNameSendsNoCookie(t *testing.T) {
	t.Parallel()
	path := table(t)
	former := newSiteOn(t, path, 5000, Options{})
	s := newSiteOn(t, path, 5000, Options{Cookie: Cookie{Name: "trolley", FormerName: "session"}})
	for name, end := range map[string]func(context.Context) error{"renew": Renew, "logout": Destroy} {
		cookie := former.begin()
		a := s.get(cookie, func(http.ResponseWriter, *http.Request) { s.post(cookie, s.do(end)) })
		if got := a.header.Values("Set-Cookie"); len(got) > 0 {
			t.Errorf("%s meanwhile: Set-Cookie %q", name, got)
		}
	}
}

// A cookie of the former name may be another program's on this host: it stays, even
// when the visitor gets a session here.
func TestAnotherProgramsCookieOfTheFormerNameStays(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{Cookie: Cookie{Name: "trolley", FormerName: "session"}})
	a := s.post("session="+strings.Repeat("A", tokenLength), s.put(1))
	if got := a.header.Values("Set-Cookie"); len(got) != 1 || !strings.HasPrefix(got[0], "trolley=") {
		t.Errorf("Set-Cookie %q, want the new session's alone", got)
	}
}
