package main

import (
	"database/sql"
	"net/http"
	"strings"
	"sync"
	"testing"

	"trolley/internal/shop"
	"trolley/internal/web"
	"trolley/session"
	"trolley/test/shoptest"
)

// R55, F28: a handler that panics gives one whole page with the number of the
// request, ends nothing and keeps nothing; the log has the rest.
func TestPanicIsOnePageAndNothingIsKept(t *testing.T) {
	t.Parallel()
	s, log := newGuarded(t)
	v := s.Visitor(t)
	v.Settle()
	form := v.CheckoutForm()
	form[5] = "Somebody Else" // which the handler keeps before it panics
	before := state(t, s, v)
	broken := v.At(panicking(t, s, s.Log))
	for name, r := range map[string]shoptest.Reply{
		"catalogue": broken.Get("/"), "product": broken.Get("/products/mug"), "cart": broken.Get("/cart"), "session": broken.Get("/session"),
		"add": broken.Post("/cart/items", "sku", "mug"), "set": broken.Post("/cart/items/mug", "quantity", "1"), "order": broken.Post("/checkout", form...),
		"refusal": broken.Get("/nowhere"), "first add": s.Visitor(t).At(broken.Shop).Post("/cart/items", "sku", "mug"),
	} {
		checkFailure(t, s, name, r, http.StatusInternalServerError, "Something broke on our side")
		id := strings.Trim(shoptest.RequestName.FindString(r.Body), "<code>/")
		if n := strings.Count(log.String(), `"msg":"panic","request":"`+id); n != 1 {
			t.Errorf("%s: the panic of request %s is %d times in the log", name, id, n)
		}
	}
	var answer web.ErrorJSON
	r := broken.GetJSON("/cart").Want(t, http.StatusInternalServerError)
	shoptest.Decode(t, r, &answer)
	checkSilence(t, s, "cart, for a script", r)
	if after := state(t, s, v); after != before {
		t.Errorf("%s\nwas %s", after, before)
	}
	if !strings.Contains(log.String(), "nil pointer") || !strings.Contains(log.String(), "internal/shop/") {
		t.Error("the log does not tell what happened and where")
	}
	broken.Get("/healthz").Want(t, http.StatusOK, "ok")
	broken.Post("/session/values", "key", "colour", "value", "red").Want(t, http.StatusSeeOther)
	v.Get("/cart").Want(t, http.StatusOK)
}

// R55, F28: half a page never goes out, and what its handler did is not kept.
func TestTemplateThatFailsHalfwayIsOneWholePage(t *testing.T) {
	t.Parallel()
	s, log := newGuarded(t)
	v := s.Visitor(t)
	v.Settle()
	form := v.CheckoutForm()[:4]
	before := state(t, s, v)
	for page, ask := range map[string]func(*shoptest.Visitor) shoptest.Reply{
		"cart":      func(v *shoptest.Visitor) shoptest.Reply { return v.Get("/cart") },
		"catalogue": func(v *shoptest.Visitor) shoptest.Reply { return v.Get("/") },
		// Its handler has kept the contact by then.
		"checkout": func(v *shoptest.Visitor) shoptest.Reply {
			return v.Post("/checkout", append(form, "name", "Somebody Else")...)
		},
		"error": func(v *shoptest.Visitor) shoptest.Reply { return v.Get("/nowhere") },
	} {
		r := ask(v.At(tearing(t, s, s.Log, page)))
		checkFailure(t, s, page, r, http.StatusInternalServerError, "Something broke on our side")
	}
	if after := state(t, s, v); after != before {
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
	v := s.Visitor(t)
	v.Settle()
	order := forms["/checkout"] + "&" + shoptest.EncodeForm(v.CheckoutForm()[:4])
	before := state(t, s, v)
	resume := stopWrites(t, s)
	for path, body := range forms {
		switch path {
		case "/checkout":
			body = order
		case "/session/values/nothing/remove", "/cart/undo", // nothing to write
			"/session/destroy": // who leaves a shared computer loses the cookie, whatever the disk does
			continue
		}
		r := v.Ask("POST", path, body)
		checkFailure(t, s, path, r, http.StatusServiceUnavailable, "One moment, please")
		if got := r.Header.Get("Retry-After"); got != "2" {
			t.Errorf("%s: Retry-After %q", path, got)
		}
		for _, success := range []string{"added", "placed", "Thank you", "restored", "taken out"} {
			if strings.Contains(r.Text(), success) {
				t.Errorf("%s: the page says %q", path, success)
			}
		}
		r = v.Ask("POST", path, body, "Accept", shoptest.AsJSON).Want(t, http.StatusServiceUnavailable)
		if got := r.Header.Get("Retry-After"); got != "2" || strings.Contains(r.Body, "lines") {
			t.Errorf("%s, for a script: Retry-After %q, %s", path, got, r.Body)
		}
	}
	checkFailure(t, s, "first add", s.Visitor(t).Post("/cart/items", "sku", "mug"), http.StatusServiceUnavailable, "One moment, please")
	for _, path := range []string{"/", "/products/mug", "/cart", "/checkout", "/session"} {
		v.Get(path).Want(t, http.StatusOK)
	}
	if after := state(t, s, v); after != before {
		t.Errorf("%s\nwas %s", after, before)
	}
	resume()
	v.Ask("POST", "/checkout", order).Want(t, http.StatusSeeOther)
}

// R29, F08: the same while another process keeps the database locked, for all who
// come at once. No write of theirs is done behind their backs later, and as soon
// as the other process lets go the same form goes through.
func TestLockedDatabaseIsOneCleanPage(t *testing.T) {
	t.Parallel()
	s, _ := newGuarded(t)
	v := s.Visitor(t)
	v.Settle()
	before := state(t, s, v)
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
	for _, v := range []*shoptest.Visitor{v, v, s.Visitor(t), s.Visitor(t), s.Visitor(t)} {
		crowd.Go(func() {
			checkFailure(t, s, "add", v.Post("/cart/items", "sku", "peg-1"), http.StatusServiceUnavailable, "One moment, please")
		})
	}
	v.Get("/cart").Want(t, http.StatusOK)
	crowd.Wait()
	if err := lock.Rollback(); err != nil {
		t.Fatal(err)
	}
	if after := state(t, s, v); after != before {
		t.Errorf("a write came late: %s\nwas %s", after, before)
	}
	v.Post("/cart/items", "sku", "peg-1").Want(t, http.StatusSeeOther)
	if got := s.Count(t, "SELECT COUNT(*) FROM sessions"); got != 1 {
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
		cookie := plant(t, s, token, data)
		for _, path := range []string{"/session", "/cart", "/"} {
			s.Visitor(t).Ask("GET", path, "", "Cookie", cookie).Want(t, http.StatusOK)
		}
		if got := s.Count(t, "SELECT COUNT(*) FROM sessions WHERE token = $1", shoptest.HashOf(token)); got != 0 {
			t.Errorf("%.40q is still there", data)
		}
		if got := strings.Count(log.String(), shoptest.HashOf(token)[:12]); got != 1 {
			t.Errorf("%.40q is %d times in the log, want once", data, got)
		}
		r := s.Visitor(t).Ask("POST", "/cart/items", "sku=mug", "Cookie", cookie)
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
		cookie := plant(t, s, strings.Repeat(string(rune('a'+i)), 43), data)
		for _, path := range []string{"/", "/products/mug", "/cart", "/session", "/nowhere", "/orders/nonsense"} {
			r := s.Visitor(t).Ask("GET", path, "", "Cookie", cookie)
			if r.StatusCode >= 500 || tt.shows != "" && !strings.Contains(r.Text(), "Hello, "+tt.shows) {
				t.Errorf("%s, %s: status %d\n%s", data, path, r.StatusCode, r.Text())
			}
		}
		cart := s.Visitor(t).Ask("GET", "/cart", "", "Cookie", cookie, "Accept", shoptest.AsJSON)
		if known := strings.Contains(cart.Body, `"quantity":2`); known != (tt.shows != "") || strings.Contains(cart.Body, "-1") {
			t.Errorf("%s: the cart is %s", data, cart.Body)
		}
		for path, body := range forms {
			r := s.Visitor(t).Ask("POST", path, body, "Cookie", cookie)
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
	cookie := plant(t, s, token, `{"v":2,"deadline":"2099-01-01T00:00:00Z","values":{"wishlist":{"of":["tomorrow"]}}}`)
	s.Visitor(t).Ask("POST", "/cart/items", "sku=mug", "Cookie", cookie).Want(t, http.StatusSeeOther)
	if got := s.Data(t, token); !strings.Contains(got, `"wishlist":{"of":["tomorrow"]}`) || !strings.Contains(got, `"sku":"mug"`) {
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
		if got := shop.Explain(err).Status; got != want {
			t.Errorf("%v: status %d, want %d", err, got, want)
		}
	}
}
