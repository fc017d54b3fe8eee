package main

import (
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"trolley/test/shoptest"
)

// R03: a browser drops a cookie of more than 4096 bytes.
func checkCookieSize(t *testing.T, k kind) {
	cookies := k.Header.Values("Set-Cookie")
	if len(cookies) > 1 {
		t.Errorf("%s: %d cookies", k.name, len(cookies))
	}
	for _, c := range cookies {
		if pair, _, _ := strings.Cut(c, ";"); len(pair) > 4096 {
			t.Errorf("%s: a cookie of %d bytes", k.name, len(pair))
		}
	}
}

const date1123 = `[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT`

// R02: the cookie has these attributes and no others, and goes with the same ones.
func TestCookieIsForThisHostOverHTTPSAndNoScript(t *testing.T) {
	t.Parallel()
	s, _ := newGuarded(t)
	v := s.Visitor(t)
	lasting := regexp.MustCompile(`^__Host-trolley_session=[A-Za-z0-9_-]{43}; Path=/; Expires=` + date1123 + `; Max-Age=[1-9]\d+; HttpOnly; Secure; SameSite=Lax$`)
	ending := regexp.MustCompile(`^__Host-trolley_session=[A-Za-z0-9_-]{43}; Path=/; HttpOnly; Secure; SameSite=Lax$`)
	gone := regexp.MustCompile(`^__Host-trolley_session=; Path=/; Expires=Thu, 01 Jan 1970 00:00:01 GMT; Max-Age=0; HttpOnly; Secure; SameSite=Lax$`)
	for _, tt := range []struct {
		name string
		shoptest.Reply
		want *regexp.Regexp
	}{
		{"a new session", v.Post("/cart/items", "sku", "mug"), lasting},
		{"one that ends with the browser", v.Post("/session/remember", "remember", "off"), ending},
		{"its renewal", v.Post("/session/renew"), ending},
		{"one that lasts", v.Post("/session/remember", "remember", "on"), lasting},
		{"its renewal", v.Post("/session/renew"), lasting},
		{"a destroyed one", v.Post("/session/destroy"), gone},
	} {
		if got := tt.Header.Values("Set-Cookie"); len(got) != 1 || !tt.want.MatchString(got[0]) {
			t.Errorf("%s: Set-Cookie %q, want %s", tt.name, got, tt.want)
		}
	}
	for _, path := range []string{"/", "/cart", "/session"} {
		if got := v.Get(path).Header.Get("Set-Cookie"); got != "" {
			t.Errorf("%s sets %q", path, got)
		}
	}
	tossed := s.Visitor(t).Ask("POST", "/cart/items", "sku=mug", "Cookie", "__Host-trolley_session=a; __Host-trolley_session=b")
	if got := tossed.Want(t, http.StatusConflict).Header.Get("Set-Cookie"); got != "" {
		t.Errorf("beside a planted cookie, which would then be the only one: Set-Cookie %q", got)
	}
}

// R02: without HTTPS there is no promise that browsers would hold the cookie to.
func TestCookieOfAPlainShopClaimsNoPrefix(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t, withInspector).Again(t, shoptest.Discard(), func(*shoptest.Settings) {})
	s.Settings.Secure = false
	plain := s.Again(t, shoptest.Discard(), nil)
	got := plain.Visitor(t).Post("/cart/items", "sku", "mug").Header.Get("Set-Cookie")
	if !regexp.MustCompile(`^trolley_session=[A-Za-z0-9_-]{43}; Path=/; Expires=` + date1123 + `; Max-Age=\d+; HttpOnly; SameSite=Lax$`).MatchString(got) {
		t.Errorf("Set-Cookie %q", got)
	}
}

// R26: what a visitor saw leaves the browser with the session, where browsers
// heed it.
func TestDestroyedSessionLeavesNothingInTheBrowser(t *testing.T) {
	t.Parallel()
	s, _ := newGuarded(t)
	v := s.Visitor(t)
	v.Settle()
	if got := v.Post("/session/destroy").Header.Get("Clear-Site-Data"); got != `"cache", "storage"` {
		t.Errorf("Clear-Site-Data %q", got)
	}
	s.Settings.Secure = false
	plain := s.Again(t, shoptest.Discard(), nil)
	if got := plain.Visitor(t).Post("/session/destroy").Header.Get("Clear-Site-Data"); got != "" {
		t.Errorf("Clear-Site-Data %q over plain HTTP", got)
	}
}

// R04: the token is in no page, no header but its own, no address, no page of
// the back office and no log; nor is enough of its hash to find the row by.
func TestTokenIsNowhereButInItsCookie(t *testing.T) {
	t.Parallel()
	s, log := newGuarded(t)
	prune(t, s)
	v := s.Visitor(t)
	order := v.Settle()
	secrets := []string{v.Token()}
	v.Post("/session/renew").Want(t, http.StatusSeeOther)
	v.Post("/session/remember", "remember", "off").Want(t, http.StatusSeeOther)
	secrets = append(secrets, v.Token())
	for _, token := range secrets[:2] {
		secrets = append(secrets, shoptest.HashOf(token)[:16])
	}
	seen := map[string]string{"the log": ""}
	note := func(name string, r shoptest.Reply) {
		r.Header.Del("Set-Cookie")
		var header strings.Builder
		_ = r.Header.Write(&header)
		seen[name] = header.String() + r.Body
	}
	for path, r := range crawl(v, "/", "/cart", "/checkout", "/session", "/nowhere", order) {
		note(path, r)
	}
	note("cart, for a script", v.GetJSON("/cart"))
	panicking := v.At(panicking(t, s, s.Log))
	note("panic", panicking.Get("/cart"))
	resume := stopWrites(t, s)
	note("no writes", v.Post("/cart/items", "sku", "mug"))
	resume()
	for _, path := range []string{"/sessions", "/sessions/" + shoptest.HashOf(v.Token())[:12], "/plots", "/metrics", "/readyz", "/debug/pprof/", "/debug/pprof/cmdline", "/debug/pprof/goroutine?debug=2"} {
		note("back office: "+path, shoptest.Through(s.Ops, "GET", "http://localhost"+path))
	}
	v.Post("/session/destroy").Want(t, http.StatusSeeOther)
	seen["the log"] = log.String()
	for name, text := range seen {
		for _, secret := range secrets {
			if strings.Contains(text, secret) {
				t.Errorf("%s holds %q", name, secret)
			}
		}
	}
	if !strings.Contains(seen["the log"], "session renewed") || !strings.Contains(seen["back office: /sessions"], secrets[3][:12]) {
		t.Error("the log or the inspector is not what was looked at")
	}
}

// R05: a token that a visitor made up is not adopted: the session gets another.
func TestInventedTokenIsNotAdopted(t *testing.T) {
	t.Parallel()
	s, _ := newGuarded(t)
	invented := strings.Repeat("A", 43)
	r := s.Visitor(t).Ask("POST", "/cart/items", "sku=mug", "Cookie", "__Host-trolley_session="+invented)
	if got := r.Header.Get("Set-Cookie"); got == "" || strings.Contains(got, invented) {
		t.Errorf("Set-Cookie %q, want another token", got)
	}
	if got := s.Count(t, "SELECT count(*) FROM sessions WHERE token = $1", shoptest.HashOf(invented)); got != 0 {
		t.Error("the table has the invented token")
	}
}

// R06: what no manager made is not looked up: no statement on the sessions.
func TestMalformedTokenNeverReachesTheDatabase(t *testing.T) {
	t.Parallel()
	s, _ := newGuarded(t)
	before := s.Sessions.Stats()
	for _, token := range []string{
		"", "x", strings.Repeat("x", 42), strings.Repeat("x", 44), strings.Repeat("x", 4000), strings.Repeat("x", 42) + "=", strings.Repeat("x", 42) + "+",
		strings.Repeat("x", 42) + "'", strings.Repeat("x", 42) + "%", strings.Repeat("x", 41) + "é", `"` + strings.Repeat("x", 43) + `"x`, "' OR 1=1 --", strings.Repeat("x", 42) + "/",
	} {
		for _, path := range []string{"/", "/cart", "/session"} {
			s.Visitor(t).Ask("GET", path, "", "Cookie", "__Host-trolley_session="+token).Want(t, http.StatusOK)
		}
		s.Visitor(t).Ask("POST", "/cart/clear", "", "Cookie", "__Host-trolley_session="+token).Want(t, http.StatusSeeOther)
	}
	if got := s.Sessions.Stats(); got != before {
		t.Errorf("%+v, want %+v", got, before)
	}
}

// R07: a token counts in its own cookie and nowhere else.
func TestTokenCountsInItsCookieAlone(t *testing.T) {
	t.Parallel()
	s, _ := newGuarded(t)
	v := s.Visitor(t)
	v.Settle()
	token := v.Token()
	form := "session=" + token + "&__Host-trolley_session=" + token + "&token=" + token
	stranger := s.Visitor(t)
	for _, r := range []shoptest.Reply{
		stranger.Ask("GET", "/cart?"+form, "", "Accept", shoptest.AsJSON),
		stranger.Ask("GET", "/cart;jsessionid="+token, "", "Accept", shoptest.AsJSON),
		stranger.Ask("GET", "/cart/"+token, "", "Accept", shoptest.AsJSON),
		stranger.Ask("GET", "/cart", form, "Accept", shoptest.AsJSON),
		stranger.Ask("GET", "/cart", "", "Accept", shoptest.AsJSON, "Authorization", "Bearer "+token),
		stranger.Ask("GET", "/cart", "", "Accept", shoptest.AsJSON, "X-Session", token, "X-Session-Token", token, "Session", token, "__Host-trolley_session", token),
		stranger.Ask("GET", "/cart", "", "Accept", shoptest.AsJSON, "Set-Cookie", "__Host-trolley_session="+token),
		stranger.Ask("GET", "/cart", "", "Accept", shoptest.AsJSON, "Cookie2", "__Host-trolley_session="+token),
		stranger.Ask("GET", "/cart", "", "Accept", shoptest.AsJSON, "Cookie", "session="+token+"; trolley_session="+token),
		stranger.Ask("GET", "/cart", "", "Accept", shoptest.AsJSON, "Cookie", "__host-session="+token),
		stranger.Ask("GET", "/cart", "", "Accept", shoptest.AsJSON, "Cookie", "__Host-trolley_session="+shoptest.HashOf(token)),
		stranger.Ask("GET", "/cart", "", "Accept", shoptest.AsJSON, "Cookie", "__Host-trolley_session="+token+"; __Host-trolley_session="+strings.Repeat("x", 43)),
		stranger.Ask("POST", "/cart/clear", form, "Accept", shoptest.AsJSON),
	} {
		if strings.Contains(r.Body, "mug") {
			t.Errorf("%s %s %v: %s", r.Request.Method, r.Request.URL, r.Request.Header, r.Body)
		}
	}
	if got := v.CartLines(); got != "mug 2, pencil 1" {
		t.Errorf("cart %q, want it as it was", got)
	}
	stranger.Ask("GET", "/cart", "", "Accept", shoptest.AsJSON, "Cookie", "__Host-trolley_session="+token).Want(t, http.StatusOK, "mug")
}

// F16: many cookies of others change nothing, and too many are refused.
func TestOtherCookiesAreNoTrouble(t *testing.T) {
	t.Parallel()
	s, _ := newGuarded(t)
	v := s.Visitor(t)
	v.Settle()
	others := strings.Repeat("a=b; ", 2000)
	v.Ask("GET", "/cart", "", "Cookie", others+"__Host-trolley_session="+v.Token(), "Accept", shoptest.AsJSON).Want(t, http.StatusOK, "mug")
	v.Ask("GET", "/cart", "", "Cookie", strings.Repeat(others, 3)).Want(t, http.StatusRequestHeaderFieldsTooLarge)
}

// R01: tokens are long, of the alphabet that the shop takes back, and different.
func TestTokensAreLongAndDifferent(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t, withInspector)
	var tokens []string
	h := s.Handler()
	for range 50 {
		r := httptest.NewRequest("POST", "/cart/items", strings.NewReader("sku=mug"))
		r.Header.Set("Content-Type", shoptest.FormType)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		token := w.Result().Cookies()[0].Value
		if raw, err := base64.RawURLEncoding.DecodeString(token); err != nil || len(raw) != 32 {
			t.Errorf("token %q is no 256 bits (%v)", token, err)
		}
		tokens = append(tokens, token)
	}
	slices.Sort(tokens)
	if got := len(slices.Compact(tokens)); got != 50 {
		t.Errorf("%d different tokens of 50", got)
	}
}
