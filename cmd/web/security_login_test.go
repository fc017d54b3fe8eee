package main

import (
	"net/http"
	"strings"
	"sync"
	"testing"

	"trolley/test/shoptest"
)

// accountForms are what changes something of an account: the path and the body of each.
var accountForms = map[string]string{
	"/account/new":         "email=eve@example.com&password=three+mugs+no+sieve",
	"/account/login":       "email=ada@example.com&password=a+sieve,+two+mugs",
	"/account/logout":      "",
	"/account/confirm":     "password=a+sieve,+two+mugs",
	"/account/password":    "password=three+mugs+no+sieve",
	"/account/devices/end": "which=all",
	"/account/erase":       "",
	"/cart/merged":         "undo=on",
}

// R31: another site can neither sign a visitor in (as the attacker), nor out, and spends no
// tries of the owner.
func TestAFormOfAnotherSiteReachesNoAccount(t *testing.T) {
	t.Parallel()
	s, _ := newGuarded(t)
	v, guest := s.Visitor(t), s.Visitor(t)
	signUp(t, v)
	for _, o := range origins {
		for path, body := range accountForms {
			for _, victim := range []*shoptest.Visitor{v, guest} {
				if o.taken {
					continue
				}
				r := victim.Ask("POST", path, body, as(victim, o.headers)...).Want(t, http.StatusForbidden)
				if r.Header.Get("Set-Cookie") != "" {
					t.Errorf("%s %s: cookie %q", o.name, path, r.Header.Get("Set-Cookie"))
				}
			}
		}
	}
	v.Get("/account").Want(t, http.StatusOK)
	signIn(t, guest)
}

// A guest signs in and forgets the session at the same moment: whichever is first, the
// browser is either signed in or has no session, and the old token opens nothing.
func TestASignInBesideTheEndOfItsSession(t *testing.T) {
	t.Parallel()
	for _, end := range []string{"/session/destroy", "/session/renew", "/account/login"} {
		t.Run(end, func(t *testing.T) {
			t.Parallel()
			reached, release := make(chan struct{}), make(chan struct{})
			hold := sync.OnceFunc(func() { close(reached); <-release })
			s := shoptest.New(t)
			held := s.Again(t, shoptest.Discard(), func(o *shoptest.Settings) {
				o.Inside = func(next http.Handler) http.Handler {
					return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { hold(); next.ServeHTTP(w, r) })
				}
			})
			signUp(t, s.Visitor(t))
			v := s.Visitor(t)
			v.Post("/cart/items", "sku", "mug").Want(t, http.StatusSeeOther)
			old, slow := thief(v), thief(v)
			slow.Shop = held
			slow.Client.Jar.SetCookies(slow.Home(), v.Cookies())
			var late shoptest.Reply
			var wg sync.WaitGroup
			wg.Go(func() { late = slow.Post("/account/login", "email", email, "password", password) })
			<-reached
			v.Post(end, "email", email, "password", password).Want(t, http.StatusSeeOther)
			close(release)
			wg.Wait()
			if late.StatusCode == http.StatusSeeOther {
				slow.Get("/account").Want(t, http.StatusOK, email)
			} else {
				late.Want(t, http.StatusConflict)
			}
			if old.Get("/account").WantRedirect(t, "/account/login"); old.CartLines() != "" {
				t.Errorf("the old token opens the cart %q", old.CartLines())
			}
			if end == "/account/login" && v.CartLines() != "mug 1" {
				t.Errorf("cart %q, want the mug once", v.CartLines())
			}
		})
	}
}

// Any character counts, and none is lost: what was typed signs in, and nothing like it.
func TestAPasswordIsAllThatWasTyped(t *testing.T) {
	t.Parallel()
	s, _ := newGuarded(t)
	for i, c := range []struct{ typed, same, other string }{
		{"\U0001f642\U0001f408\U0001f3bb\U0001f9c0\U0001f6b2\U0001fa81\U0001f388\u2602", "", "\U0001f642\U0001f408\U0001f3bb\U0001f9c0\U0001f6b2\U0001fa81\U0001f388"},
		{"cafe\u0301 au lait", "caf\u00e9 au lait", "cafe au lait"},
		{"  a sieve  ", "", "a sieve"},
		{"a\u200bsieve, two", "", "asieve, two"},
		{strings.Repeat("x sieve ", 128), "", strings.Repeat("x sieve ", 127) + "x sieve"},
		{"<b>&\"'\\%00;--", "", "<b>&\"'\\%00;-"},
	} {
		email := string(rune('a'+i)) + "@example.com"
		v := s.Visitor(t)
		v.Post("/account/new", "email", email, "password", c.typed).Want(t, http.StatusSeeOther)
		v.Post("/account/logout").Want(t, http.StatusSeeOther)
		v.Post("/account/login", "email", email, "password", c.other).Want(t, http.StatusUnprocessableEntity)
		if c.same == "" {
			c.same = c.typed
		}
		v.Post("/account/login", "email", email, "password", c.same).Want(t, http.StatusSeeOther)
	}
	for path, status := range map[string]int{"/account/new": 422, "/account/login": 422} {
		r := s.Visitor(t).Post(path, "email", "z@example.com", "password", strings.Repeat("x y ", 2560)).Want(t, status)
		if strings.Contains(r.Body, "x y x y") {
			t.Errorf("%s repeats the password", path)
		}
	}
}
