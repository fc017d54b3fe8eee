package main

import (
	"database/sql"
	"net/http"
	"strings"
	"sync"
	"testing"

	"trolley/session"
)

// checkFailure checks that an answer is the error page of the status and nothing
// else, and shows nothing of the inside.
func (s *shop) checkFailure(t *testing.T, name string, r reply, status int, heading string) {
	t.Helper()
	if r.StatusCode != status || !strings.Contains(r.text(), heading) || !requestName.MatchString(r.body) {
		t.Errorf("%s: status %d, want %d, %q and the number of the request\n%s", name, r.StatusCode, status, heading, r.body)
	}
	if strings.Count(r.body, "<!doctype html>") != 1 || strings.Count(r.body, "</html>") != 1 || !strings.HasSuffix(r.body, "</html>\n") {
		t.Errorf("%s: this is not one page: %s", name, r.body)
	}
	s.checkSilence(t, name, r)
	for _, header := range []string{"Set-Cookie", "Location", "Clear-Site-Data"} {
		if got := r.Header.Get(header); got != "" {
			t.Errorf("%s: %s %q", name, header, got)
		}
	}
}

// checkSilence checks that an answer shows nothing of the inside.
func (s *shop) checkSilence(t *testing.T, name string, r reply) {
	t.Helper()
	for _, inside := range []string{"goroutine", ".go:", "runtime", "nil pointer", "panic", "SQL", "sqlite", "readonly", "read-only", "SELECT", "INSERT",
		"template", "NoSuchField", "half a page", s.Database, "/shop.db", "trolley/"} {
		if strings.Contains(blank(r.body), inside) {
			t.Errorf("%s: the page shows %q", name, inside)
		}
	}
}

// R55, F28: a handler that panics gives one whole page with the number of the
// request, ends nothing and keeps nothing; the log has the rest.
func TestPanicIsOnePageAndNothingIsKept(t *testing.T) {
	t.Parallel()
	s, log := newGuarded(t)
	v := s.visitor(t)
	v.settle()
	form := v.checkoutForm()
	form[5] = "Somebody Else" // which the handler keeps before it panics
	before := s.state(t, v)
	broken := v.at(s.panicking(t, s.log))
	for name, r := range map[string]reply{
		"catalogue": broken.get("/"), "product": broken.get("/products/mug"), "cart": broken.get("/cart"), "session": broken.get("/session"),
		"add": broken.post("/cart/items", "sku", "mug"), "set": broken.post("/cart/items/mug", "quantity", "1"), "order": broken.post("/checkout", form...),
		"refusal": broken.get("/nowhere"), "first add": s.visitor(t).at(broken.shop).post("/cart/items", "sku", "mug"),
	} {
		s.checkFailure(t, name, r, http.StatusInternalServerError, "Something broke on our side")
		id := strings.Trim(requestName.FindString(r.body), "<code>/")
		if n := strings.Count(log.String(), `"msg":"panic","request":"`+id); n != 1 {
			t.Errorf("%s: the panic of request %s is %d times in the log", name, id, n)
		}
	}
	var answer errorJSON
	r := broken.getJSON("/cart").want(t, http.StatusInternalServerError)
	decode(t, r, &answer)
	s.checkSilence(t, "cart, for a script", r)
	if after := s.state(t, v); after != before {
		t.Errorf("%s\nwas %s", after, before)
	}
	if !strings.Contains(log.String(), "nil pointer") || !strings.Contains(log.String(), "cmd/web/") {
		t.Error("the log does not tell what happened and where")
	}
	broken.get("/healthz").want(t, http.StatusOK, "ok")
	broken.post("/session/values", "key", "colour", "value", "red").want(t, http.StatusSeeOther)
	v.get("/cart").want(t, http.StatusOK)
}

// R55, F28: half a page never goes out, and what its handler did is not kept.
func TestTemplateThatFailsHalfwayIsOneWholePage(t *testing.T) {
	t.Parallel()
	s, log := newGuarded(t)
	v := s.visitor(t)
	v.settle()
	form := v.checkoutForm()[:4]
	before := s.state(t, v)
	for page, ask := range map[string]func(*visitor) reply{
		"cart":      func(v *visitor) reply { return v.get("/cart") },
		"catalogue": func(v *visitor) reply { return v.get("/") },
		// Its handler has kept the contact by then.
		"checkout": func(v *visitor) reply { return v.post("/checkout", append(form, "name", "Somebody Else")...) },
		"error":    func(v *visitor) reply { return v.get("/nowhere") },
	} {
		r := ask(v.at(s.tearing(t, s.log, page)))
		s.checkFailure(t, page, r, http.StatusInternalServerError, "Something broke on our side")
	}
	if after := s.state(t, v); after != before {
		t.Errorf("%s\nwas %s", after, before)
	}
	if got := strings.Count(log.String(), "NoSuchField"); got < 4 {
		t.Errorf("the log names the broken templates %d times, want 4", got)
	}
}

// R29, F04: where nothing can be written, every form is answered with one page
// that says so and no other word; nothing is half done, the pages stay, and
// afterwards everything goes on.
func TestFailedCommitIsOneCleanPage(t *testing.T) {
	t.Parallel()
	s, _ := newGuarded(t)
	v := s.visitor(t)
	v.settle()
	order := forms["/checkout"] + "&" + encodeForm(v.checkoutForm()[:4])
	before := s.state(t, v)
	resume := s.stopWrites(t)
	for path, body := range forms {
		switch path {
		case "/checkout":
			body = order
		case "/session/values/nothing/remove", "/cart/undo": // nothing to write
			continue
		}
		r := v.ask("POST", path, body)
		s.checkFailure(t, path, r, http.StatusServiceUnavailable, "One moment, please")
		if got := r.Header.Get("Retry-After"); got != "2" {
			t.Errorf("%s: Retry-After %q", path, got)
		}
		for _, success := range []string{"added", "placed", "Thank you", "restored", "taken out"} {
			if strings.Contains(r.text(), success) {
				t.Errorf("%s: the page says %q", path, success)
			}
		}
		r = v.ask("POST", path, body, "Accept", asJSON).want(t, http.StatusServiceUnavailable)
		if got := r.Header.Get("Retry-After"); got != "2" || strings.Contains(r.body, "lines") {
			t.Errorf("%s, for a script: Retry-After %q, %s", path, got, r.body)
		}
	}
	s.checkFailure(t, "first add", s.visitor(t).post("/cart/items", "sku", "mug"), http.StatusServiceUnavailable, "One moment, please")
	for _, path := range []string{"/", "/products/mug", "/cart", "/checkout", "/session"} {
		v.get(path).want(t, http.StatusOK)
	}
	if after := s.state(t, v); after != before {
		t.Errorf("%s\nwas %s", after, before)
	}
	resume()
	v.ask("POST", "/checkout", order).want(t, http.StatusSeeOther)
}

// R29, F08: the same while another process keeps the database locked, for all who
// come at once. No write of theirs is done behind their backs later, and as soon
// as the other process lets go the same form goes through.
func TestLockedDatabaseIsOneCleanPage(t *testing.T) {
	t.Parallel()
	s, _ := newGuarded(t)
	v := s.visitor(t)
	v.settle()
	before := s.state(t, v)
	other, err := sql.Open("sqlite", "file:"+s.Database+"?_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	lock, err := other.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var crowd sync.WaitGroup
	for _, v := range []*visitor{v, v, s.visitor(t), s.visitor(t), s.visitor(t)} {
		crowd.Go(func() {
			s.checkFailure(t, "add", v.post("/cart/items", "sku", "peg-1"), http.StatusServiceUnavailable, "One moment, please")
		})
	}
	v.get("/cart").want(t, http.StatusOK)
	crowd.Wait()
	if err := lock.Rollback(); err != nil {
		t.Fatal(err)
	}
	if after := s.state(t, v); after != before {
		t.Errorf("a write came late: %s\nwas %s", after, before)
	}
	v.post("/cart/items", "sku", "peg-1").want(t, http.StatusSeeOther)
	if got := s.count(t, "SELECT COUNT(*) FROM sessions"); got != 1 {
		t.Errorf("%d sessions, want 1", got)
	}
}

// R27, F09: a row that cannot be read costs its visitor the session, never the
// shop a page; it goes, and the log says so once.
func TestUnreadableSessionIsAFreshOne(t *testing.T) {
	t.Parallel()
	s, log := newGuarded(t)
	for i, data := range []string{"", "x", "null", "[]", "{}", "{", `{"v":0,"deadline":"2099-01-01T00:00:00Z","values":{}}`, `{"v":1,"values":{}}`, `{"v":"1"}`, `{"v":1,"deadline":7}`,
		"\x00\xff\xfe", "\x1f\x8b\x08", strings.Repeat("[", 20_000), `{"v":1,"deadline":"2099-01-01T00:00:00Z","values":[]}`, "\x0c\xff\x81\x03\x01\x01"} {
		token := strings.Repeat(string(rune('a'+i)), 43)
		cookie := s.plant(t, token, data)
		for _, path := range []string{"/session", "/cart", "/"} {
			s.visitor(t).ask("GET", path, "", "Cookie", cookie).want(t, http.StatusOK)
		}
		if got := s.count(t, "SELECT COUNT(*) FROM sessions WHERE token = $1", hashOf(token)); got != 0 {
			t.Errorf("%.40q is still there", data)
		}
		if got := strings.Count(log.String(), hashOf(token)[:12]); got != 1 {
			t.Errorf("%.40q is %d times in the log, want once", data, got)
		}
		r := s.visitor(t).ask("POST", "/cart/items", "sku=mug", "Cookie", cookie)
		if got := r.Header.Get("Set-Cookie"); r.StatusCode != http.StatusSeeOther || strings.Contains(got, token) || got == "" {
			t.Errorf("%.40q: status %d and cookie %q, want a new session", data, r.StatusCode, got)
		}
	}
}

// R28: rows of the version before and of the one after are read for what they
// say, and single values that make no sense are as good as none.
func TestValuesOfOtherVersionsBreakNoPage(t *testing.T) {
	t.Parallel()
	s, _ := newGuarded(t)
	const envelope = `{"v":%V,"deadline":"2099-01-01T00:00:00Z","shard":7,"values":{%S}}`
	line := `{"sku":"mug","quantity":2,"unit_price":1850,"engraving":"Ada"}`
	good := `{"id":"aaaaaaaaaaaaaaaaaaaaaaaaaa","currency":"EUR","lines":[` + line + `],"coupons":["x"]}`
	for i, tt := range []struct{ version, values, shows string }{
		{"1", `"username":"Ada","cart":` + good, "Ada"},
		{"2", `"username":"Ada","cart":` + good + `,"wishlist":{"of":["tomorrow"]}`, "Ada"},
		{"1", `"username":{"first":"Ada"},"theme":7,"cart":"mug","checkout":[],"orders":{"a":1}`, ""},
		{"1", `"username":null,"theme":null,"cart":null,"checkout":null,"orders":null`, ""},
		{"1", `"cart":{"id":"a","currency":"EUR","lines":[` + line + `]}`, ""},
		{"1", `"cart":` + strings.Replace(good, `"quantity":2`, `"quantity":99`, 1), ""},
		{"1", `"cart":` + strings.Replace(good, `"quantity":2`, `"quantity":-2`, 1), ""},
		{"1", `"cart":` + strings.Replace(good, `"unit_price":1850`, `"unit_price":-1`, 1), ""},
		{"1", `"cart":` + strings.Replace(good, `"unit_price":1850`, `"unit_price":1e99`, 1), ""},
		{"1", `"cart":` + strings.Replace(good, line, line+","+line, 1), ""},
		{"1", `"cart":` + strings.Replace(good, `"mug"`, `"mug' OR 1=1 --"`, 1), ""},
		{"1", `"cart":` + strings.Replace(good, "EUR", "XXX", 1), ""},
		{"1", `"orders":["nonsense","7KQ29XMA4TCF",""],"__rememberMe":"x","__created":"x"`, ""},
	} {
		data := strings.NewReplacer("%V", tt.version, "%S", tt.values).Replace(envelope)
		cookie := s.plant(t, strings.Repeat(string(rune('a'+i)), 43), data)
		for _, path := range []string{"/", "/products/mug", "/cart", "/session", "/nowhere", "/orders/nonsense"} {
			r := s.visitor(t).ask("GET", path, "", "Cookie", cookie)
			if r.StatusCode >= 500 || tt.shows != "" && !strings.Contains(r.text(), "Hello, "+tt.shows) {
				t.Errorf("%s, %s: status %d\n%s", data, path, r.StatusCode, r.text())
			}
		}
		cart := s.visitor(t).ask("GET", "/cart", "", "Cookie", cookie, "Accept", asJSON)
		if known := strings.Contains(cart.body, `"quantity":2`); known != (tt.shows != "") || strings.Contains(cart.body, "-1") {
			t.Errorf("%s: the cart is %s", data, cart.body)
		}
		for path, body := range forms {
			r := s.visitor(t).ask("POST", path, body, "Cookie", cookie)
			if r.StatusCode >= 500 {
				t.Errorf("%s, POST %s: status %d", data, path, r.StatusCode)
			}
		}
	}
}

// R28: what this version does not know of a session survives it.
func TestUnknownValuesSurvive(t *testing.T) {
	t.Parallel()
	s, _ := newGuarded(t)
	token := strings.Repeat("k", 43)
	cookie := s.plant(t, token, `{"v":2,"deadline":"2099-01-01T00:00:00Z","values":{"wishlist":{"of":["tomorrow"]}}}`)
	s.visitor(t).ask("POST", "/cart/items", "sku=mug", "Cookie", cookie).want(t, http.StatusSeeOther)
	if got := s.data(t, token); !strings.Contains(got, `"wishlist":{"of":["tomorrow"]}`) || !strings.Contains(got, `"sku":"mug"`) {
		t.Errorf("the row holds %s", got)
	}
}

// R29: every error that a session can end with has an answer that is meant for it.
func TestEverySessionErrorHasItsAnswer(t *testing.T) {
	t.Parallel()
	for err, want := range map[error]int{
		session.ErrConflict: http.StatusServiceUnavailable, session.ErrBusy: http.StatusServiceUnavailable,
		session.ErrEnded: http.StatusConflict, session.ErrBody: http.StatusBadRequest, session.ErrTooLarge: http.StatusUnprocessableEntity,
	} {
		if got := problemOf(err).status; got != want {
			t.Errorf("%v: status %d, want %d", err, got, want)
		}
	}
}
