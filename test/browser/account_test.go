package browser

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"
)

const (
	email    = "ada@example.org"
	password = "a sieve, two mugs"
)

// enter fills in a form with a password and sends it.
func (p *tab) enter(path string) {
	p.Helper()
	p.open(path)
	p.fill("#email", email)
	p.fill("#password", password)
	p.follow(".fields button")
}

// TestAnAccountFromSignUpToUndo: the cart goes along, what a guest put in meanwhile comes
// along with a receipt, and goes again.
func TestAnAccountFromSignUpToUndo(t *testing.T) {
	t.Parallel()
	for _, plain := range []bool{false, true} {
		t.Run(map[bool]string{false: "with JavaScript", true: "without JavaScript"}[plain], func(t *testing.T) {
			t.Parallel()
			shop, p := visit(t)
			p.watch.pardon("status of 422")
			p.add("tote")
			if plain {
				p.switchOff()
			}
			before := p.cookie().Value
			p.enter("/account/new")
			p.at("/account")
			p.sees("main", email)
			if p.cookie().Value == before {
				t.Error("the sign-up left the token")
			}
			p.follow(`form[action="/account/logout"] button`)
			p.at("/")
			if c := p.cookie(); c != nil || shop.value("SELECT count(*) FROM sessions") != "0" {
				t.Errorf("after the sign-out the browser keeps %+v", c)
			}
			p.open("/products/twine")
			p.leave(func() { // without a script the form leads to the cart
				p.click("#add")
				if !plain {
					p.counts(1)
					p.open("/account/login")
				}
			})
			p.enter("/account/login")
			p.at("/cart")
			p.sees(".message", "Twine: 1 added.")
			p.holds("tote 1, twine 1")
			p.follow(`.message button[name="undo"]`)
			p.holds("tote 1")
			p.follow(`form[action="/account/logout"] button`)
			p.open("/account")
			p.at("/account/login")
		})
	}
}

// TestAnAccountByKeyboard signs up, puts a mistake right, and signs all devices out, with
// nothing but keys.
func TestAnAccountByKeyboard(t *testing.T) {
	t.Parallel()
	_, p := visit(t)
	p.watch.pardon("status of 422")
	p.open("/account/new")
	p.skip()
	p.tabTo("#email")
	p.press(email + kb.Tab)
	p.focused("#password")
	p.press("password")
	p.leave(func() { p.press(kb.Enter) })
	p.sees("#password-error", "Many people have this password")
	p.focused("#password")
	p.press(password)
	p.tabTo(`[name="remember"]`)
	p.press(" ") // until the browser closes
	p.tabTo(".fields button")
	p.leave(func() { p.press(kb.Enter) })
	p.at("/account")
	if c := p.cookie(); !c.Session {
		t.Errorf("the cookie outlives the browser: %+v", c)
	}
	p.tabTo(`a[href="/account/devices"]`)
	p.leave(func() { p.press(kb.Enter) })
	p.sees("main", "This device")
	p.tabTo(`button[value="all"]`)
	p.leave(func() { p.press(kb.Enter) })
	p.at("/account/login")
	if c := p.cookie(); c != nil {
		t.Errorf("the browser keeps %+v", c)
	}
}

// TestAPasswordManagerKnowsEachForm: one form each, with the attributes by which a
// manager fills in and saves (https://web.dev/articles/sign-in-form-best-practices).
func TestAPasswordManagerKnowsEachForm(t *testing.T) {
	t.Parallel()
	_, p := visit(t)
	const fields = `[...document.querySelectorAll("main form")].map(f => f.method + " " + [...f.elements].filter(e => e.autocomplete).map(e => e.type + ":" + e.autocomplete).join(" "))`
	wants := func(path, want string) {
		t.Helper()
		p.open(path)
		if got := strings.Join(eval[[]string](p, fields), ", "); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
	wants("/account/login", "post email:username password:current-password")
	wants("/account/new", "post email:username password:new-password")
	p.enter("/account/new")
	wants("/account/confirm", "post email:username password:current-password")
	wants("/account/password", "post email:username password:new-password")
}
