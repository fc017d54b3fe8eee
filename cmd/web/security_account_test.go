package main

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"trolley/internal/store"
	"trolley/test/shoptest"
)

const (
	email    = "ada@example.com"
	password = "a sieve, two mugs"
)

func signUp(t testing.TB, v *shoptest.Visitor) {
	t.Helper()
	v.Post("/account/new", "email", email, "password", password).Want(t, http.StatusSeeOther)
}

func signIn(t testing.TB, v *shoptest.Visitor) {
	t.Helper()
	v.Post("/account/login", "email", email, "password", password).Want(t, http.StatusSeeOther)
}

// thief returns a browser with the cookies that v has now.
func thief(v *shoptest.Visitor) *shoptest.Visitor {
	stolen := v.Shop.Visitor(v.T)
	stolen.Client.Jar.SetCookies(v.Home(), v.Cookies())
	return stolen
}

// forgetConfirmation has the shop ask all members for their passwords again.
func forgetConfirmation(t testing.TB, s *shoptest.Shop) {
	t.Helper()
	text := `UPDATE sessions SET data = CAST(json_set(CAST(data AS TEXT), '$.values.account.confirmed', '2020-01-01T00:00:00Z') AS BLOB)`
	if s.Store.Engine() == store.Postgres {
		text = `UPDATE sessions SET data = regexp_replace(data, '"confirmed":"[^"]*"', '"confirmed":"2020-01-01T00:00:00Z"')`
	}
	s.Exec(t, text)
}

// R09, R10: each change of rights has a new token, and the one before opens nothing.
func TestEachChangeOfRightsRenewsTheToken(t *testing.T) {
	t.Parallel()
	s, _ := newGuarded(t)
	v := s.Visitor(t)
	v.Post("/cart/items", "sku", "mug").Want(t, http.StatusSeeOther)
	for _, change := range []func(){
		func() { signUp(t, v) },
		func() { v.Post("/account/password", "password", password).WantRedirect(t, "/account/devices") },
		func() { v.Post("/account/confirm", "password", password).WantRedirect(t, "/account/devices") },
		func() { v.Post("/session/renew").Want(t, http.StatusSeeOther) },
		func() {
			v.Post("/account/logout").WantRedirect(t, "/")
			signIn(t, v)
		},
	} {
		old, before := thief(v), v.Token()
		change()
		if v.Token() == before || v.CartLines() != "mug 1" {
			t.Errorf("the token is the same, or the cart is not: %q", v.CartLines())
		}
		old.Get("/account").WantRedirect(t, "/account/login")
		if got := old.CartLines(); got != "" {
			t.Errorf("the old token opens the cart %q", got)
		}
		if page := v.Get("/account/devices").Want(t, http.StatusOK); strings.Count(page.Body, `name="which"`) != 3 {
			t.Errorf("the device is not in its own list alone: %s", page.Text())
		}
	}
}

// R12, R13, R21: a request that was under way when its session ended writes nothing into
// the cart of the account, whoever ended it, and brings no cookie back.
func TestAnEndedSessionWritesNothingIntoItsAccount(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*testing.T, *shoptest.Visitor, *shoptest.Visitor){
		"logout": func(t *testing.T, v, _ *shoptest.Visitor) { v.Post("/account/logout").Want(t, 303) },
		"everywhere": func(t *testing.T, _, o *shoptest.Visitor) {
			o.Post("/account/devices/end", "which", "all").Want(t, 303)
		},
		"others": func(t *testing.T, _, o *shoptest.Visitor) {
			o.Post("/account/devices/end", "which", "others").Want(t, 303)
		},
		"password": func(t *testing.T, _, o *shoptest.Visitor) {
			o.Post("/account/password", "password", password).Want(t, 303)
		},
		"erased":  func(t *testing.T, _, o *shoptest.Visitor) { o.Post("/account/erase").Want(t, 303) },
		"renewed": func(t *testing.T, v, _ *shoptest.Visitor) { v.Post("/session/renew").Want(t, 303) },
		"operator": func(t *testing.T, v, _ *shoptest.Visitor) {
			if err := v.Shop.Sessions.Revoke(t.Context(), shoptest.HashOf(v.Token())); err != nil {
				t.Error(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reached, release := make(chan struct{}), make(chan struct{})
			hold := sync.OnceFunc(func() { close(reached); <-release })
			s := shoptest.New(t)
			held := s.Again(t, shoptest.Discard(), func(o *shoptest.Settings) {
				o.Inside = func(next http.Handler) http.Handler {
					return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { hold(); next.ServeHTTP(w, r) })
				}
			})
			v, other := s.Visitor(t), s.Visitor(t)
			signUp(t, v)
			signIn(t, other)
			slow := thief(v)
			slow.Shop = held
			slow.Client.Jar.SetCookies(slow.Home(), v.Cookies())
			var late shoptest.Reply
			var wg sync.WaitGroup
			wg.Go(func() { late = slow.Post("/cart/items", "sku", "mug") })
			<-reached
			end(t, v, other)
			close(release)
			wg.Wait()
			if late.StatusCode != http.StatusConflict || len(late.Cookies()) > 0 {
				t.Errorf("status %d, cookies %v; want 409 and none", late.StatusCode, late.Cookies())
			}
			if n := s.Count(t, "SELECT COUNT(*) FROM accounts WHERE cart <> ''"); n != 0 {
				t.Error("the cart of the account was written to")
			}
		})
	}
}

// R19, R20, R24, R45: a member ends sessions of the account, and no others, with the
// password typed a moment ago.
func TestAMemberEndsSessionsOfTheAccountAlone(t *testing.T) {
	t.Parallel()
	s, _ := newGuarded(t)
	v, other, third, stranger := s.Visitor(t), s.Visitor(t), s.Visitor(t), s.Visitor(t)
	signUp(t, v)
	signIn(t, other)
	signIn(t, third)
	stranger.Post("/account/new", "email", "eve@example.com", "password", password).Want(t, http.StatusSeeOther)
	id := shoptest.HashOf(other.Token())[:12]
	stranger.Post("/account/devices/end", "which", id).Want(t, http.StatusNotFound)
	forgetConfirmation(t, s)
	for _, path := range []string{"/account/devices/end", "/account/password", "/account/erase"} {
		v.Post(path, "which", "all", "password", "another good one").Want(t, http.StatusSeeOther)
	}
	for _, path := range []string{"/account/devices", "/account/password", "/account/erase", "/account/export"} {
		r := v.Get(path).Want(t, http.StatusSeeOther)
		if to := r.Header.Get("Location"); !strings.HasPrefix(to, "/account/confirm?") {
			t.Errorf("%s leads to %s", path, to)
		}
	}
	v.Post("/account/confirm", "password", "not this one").Want(t, http.StatusUnprocessableEntity, "not your password")
	v.Post("/account/confirm", "password", password, "for", "https://evil.example/").WantRedirect(t, "/account/devices")
	page := v.Get("/account/devices").Want(t, http.StatusOK, "This device", id)
	if strings.Contains(page.Text(), shoptest.HashOf(stranger.Token())[:12]) {
		t.Error("the list has a session of another account")
	}
	v.Post("/account/devices/end", "which", id).WantRedirect(t, "/account/devices")
	other.Get("/account").WantRedirect(t, "/account/login")
	third.Get("/account").Want(t, http.StatusOK)
	v.Post("/account/devices/end", "which", "others").WantRedirect(t, "/account/devices")
	third.Get("/account").WantRedirect(t, "/account/login")
	r := v.Post("/account/devices/end", "which", "all").WantRedirect(t, "/account/login")
	if len(v.Cookies()) != 0 || r.Header.Get("Clear-Site-Data") == "" {
		t.Error("the browser keeps something of the session that ended")
	}
	stranger.Get("/account").Want(t, http.StatusOK)
}

// R54, R57: an email without an account and a wrong password get one answer, and further
// tries a 429 that does not lock out the owner's own session.
func TestNobodyLearnsWhoHasAnAccount(t *testing.T) {
	t.Parallel()
	s, _ := newGuarded(t)
	v, guesser := s.Visitor(t), s.Visitor(t)
	signUp(t, v)
	form := func(email, password string) string { return "email=" + email + "&password=" + password }
	want := guesser.Ask("POST", "/account/login", form("b@example.com", "wrong")).Want(t, http.StatusUnprocessableEntity)
	got := guesser.Ask("POST", "/account/login", form(email, "wrong")).Want(t, http.StatusUnprocessableEntity)
	if strings.ReplaceAll(got.Body, email, "b@example.com") != want.Body {
		t.Error("the page tells a wrong password from a wrong email")
	}
	if guesser.Ask("POST", "/account/login", form(email, "")).StatusCode != http.StatusUnprocessableEntity || len(guesser.Cookies()) != 0 {
		t.Error("a failed sign-in left a cookie")
	}
	refused := 0
	for range 20 {
		if r := guesser.Ask("POST", "/account/login", form(email, "wrong")); r.StatusCode == http.StatusTooManyRequests && r.Header.Get("Retry-After") != "" {
			refused++
		}
	}
	if refused < 10 {
		t.Errorf("%d of 20 tries were refused", refused)
	}
	v.Get("/account").Want(t, http.StatusOK)
	v.Post("/cart/items", "sku", "mug").Want(t, http.StatusSeeOther)
}

// Two nodes, and three spellings of one email.
func TestOfSeveralSignUpsWithOneEmailOneWins(t *testing.T) {
	t.Parallel()
	s, _ := newGuarded(t)
	nodes := []*shoptest.Shop{s, s.Again(t, shoptest.Discard(), nil)}
	var wg sync.WaitGroup
	statuses := make([]int, 3)
	for i, typed := range []string{email, " ADA@Example.COM", "\uff41\uff44\uff41\uff20example.com"} {
		wg.Go(func() {
			v := nodes[i%2].Visitor(t)
			v.Post("/cart/items", "sku", "mug").Want(t, http.StatusSeeOther)
			token := v.Token()
			r := v.Post("/account/new", "email", typed, "password", password)
			if statuses[i] = r.StatusCode; statuses[i] == http.StatusSeeOther {
				return
			}
			if !strings.Contains(r.Text(), "This email has an account") {
				t.Errorf("status %d, and it does not say why: %s", r.StatusCode, r.Text())
			}
			if v.CartLines() != "mug 1" || v.Token() != token {
				t.Errorf("the refusal changed the session: cart %q, token %t", v.CartLines(), v.Token() == token)
			}
		})
	}
	wg.Wait()
	slices.Sort(statuses)
	if want := []int{303, 422, 422}; !slices.Equal(statuses, want) || s.Count(t, "SELECT COUNT(*) FROM accounts") != 1 {
		t.Errorf("statuses %v and %d accounts", statuses, s.Count(t, "SELECT COUNT(*) FROM accounts"))
	}
}

// R27: what an operator broke in the row of an account costs what was broken alone.
func TestABrokenRowOfAnAccountIsBearable(t *testing.T) {
	t.Parallel()
	s, _ := newGuarded(t)
	v := s.Visitor(t)
	signUp(t, v)
	v.Post("/cart/items", "sku", "mug").Want(t, http.StatusSeeOther)
	s.Exec(t, "UPDATE accounts SET cart = '{\"id\":'")
	if got := v.CartLines(); got != "" {
		t.Errorf("cart %q", got)
	}
	v.Post("/cart/items", "sku", "pan").Want(t, http.StatusSeeOther)
	if got := v.CartLines(); got != "pan 1" {
		t.Errorf("cart %q, want the pan", got)
	}
	s.Exec(t, "UPDATE accounts SET email = 'ADA@EXAMPLE.COM'")
	v.Get("/account").Want(t, http.StatusOK, "ADA@EXAMPLE.COM")
	s.Visitor(t).Post("/account/login", "email", email, "password", password).Want(t, http.StatusUnprocessableEntity)
	s.Exec(t, "UPDATE accounts SET email = 'ada@example.com', password = '$argon2id$broken'")
	s.Visitor(t).Post("/account/login", "email", email, "password", password).Want(t, http.StatusUnprocessableEntity)
	s.Exec(t, "DELETE FROM account_sessions")
	s.Exec(t, "DELETE FROM accounts")
	v.Get("/account").WantRedirect(t, "/account/login")
	v.Post("/cart/items", "sku", "mug").Want(t, http.StatusSeeOther)
}

// Years that JSON does not know come of a change by hand.
func TestATimeOfAnyYearBreaksNoPage(t *testing.T) {
	t.Parallel()
	s, _ := newGuarded(t)
	v := s.Visitor(t)
	signUp(t, v)
	order := v.Order("mug")
	for _, time := range []string{"253402300800000", "9223372036854775807"} {
		s.Exec(t, "UPDATE accounts SET created_at = "+time)
		s.Exec(t, "UPDATE account_sessions SET signed_in_at = "+time)
		s.Exec(t, "UPDATE orders SET placed_at = "+time+", cancelled_at = "+time)
		for _, path := range []string{"/account", "/account/devices", "/account/export", "/session", order} {
			v.Get(path).Want(t, http.StatusOK)
		}
	}
}

// The orders of the account show on all its devices, those of the guest that it was included,
// and to nobody else (R45); erased they keep their amounts.
func TestOrdersBelongToTheAccount(t *testing.T) {
	t.Parallel()
	s, _ := newGuarded(t)
	v, other, stranger := s.Visitor(t), s.Visitor(t), s.Visitor(t)
	first := v.Order("mug")
	signUp(t, v)
	second := v.Order("mug", "pencil")
	if got := v.CartLines(); got != "" {
		t.Errorf("cart %q after the order", got)
	}
	signIn(t, other)
	stranger.Post("/account/new", "email", "eve@example.com", "password", password).Want(t, http.StatusSeeOther)
	for _, path := range []string{first, second} {
		other.Get(path).Want(t, http.StatusOK)
		stranger.Get(path).Want(t, http.StatusNotFound)
	}
	export := v.Get("/account/export").Want(t, http.StatusOK, "Lovelace", email, `"postcode":"SW1Y 4JH"`, `"country":"England"`)
	if strings.Contains(export.Body, "argon2id") || strings.Contains(export.Body, v.Token()) {
		t.Error("the export holds a secret")
	}
	total := s.Count(t, "SELECT SUM(total) FROM orders")
	v.Post("/account/erase").WantRedirect(t, "/")
	if n := s.Count(t, "SELECT COUNT(*) FROM orders WHERE name LIKE 'Ada%' OR email LIKE 'ada%' OR address LIKE '%James%' OR postcode || town || country <> ''"); n != 0 {
		t.Errorf("%d orders still say whose they are", n)
	}
	if got := s.Count(t, "SELECT SUM(total) FROM orders"); got != total {
		t.Errorf("the orders total %d, and did %d", got, total)
	}
	other.Get("/account").WantRedirect(t, "/account/login")
	if len(v.Cookies()) != 0 {
		t.Error("the erased account's cookie stays")
	}
	v.Post("/account/login", "email", email, "password", password).Want(t, http.StatusUnprocessableEntity)
}

// R23: each page of a member has a form that signs out.
func TestEveryPageOfAMemberSignsOut(t *testing.T) {
	t.Parallel()
	s, _ := newGuarded(t)
	v := s.Visitor(t)
	signUp(t, v)
	v.Post("/cart/items", "sku", "mug").Want(t, http.StatusSeeOther)
	for _, path := range []string{"/", "/products/mug", "/cart", "/checkout", "/session", "/account", "/account/devices", "/account/erase", "/nowhere"} {
		if v.Get(path).Element("form", "action", "/account/logout", "method", "post") == nil {
			t.Errorf("%s has no such form", path)
		}
	}
}

func TestTheInspectorShowsTheAccountBesideTheSession(t *testing.T) {
	t.Parallel()
	s, _ := newGuarded(t)
	v := s.Visitor(t)
	signUp(t, v)
	v.Post("/cart/items", "sku", "mug").Want(t, http.StatusSeeOther)
	s.AtOps("GET", "localhost", "/sessions").Want(t, http.StatusOK, email)
	s.AtOps("GET", "localhost", "/sessions/"+shoptest.HashOf(v.Token())[:12]).Want(t, http.StatusOK, "Signed in as "+email, "Enamel mug")
}
