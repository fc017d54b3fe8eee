package main

import (
	"bytes"
	"net/http"
	"strings"
	"testing"
	"time"

	"trolley/test/shoptest"
)

func passwd(t *testing.T, db, email, password string) done {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code := run(t.Context(), []string{"-db", db, "passwd", email},
		env{func(name string) string { return map[string]string{"SUDO_USER": "grace"}[name] }, strings.NewReader(password + "\n"), &stdout, &stderr, time.Now})
	return done{code, stdout.String(), stderr.String()}
}

// told is a command on an account that succeeds, and whose line on stderr says who ran it
// and nothing that the account holds.
func told(t *testing.T, d done, event string) done {
	t.Helper()
	if d.code != 0 || strings.Count(d.stderr, "\n") != 1 || !strings.Contains(d.stderr, event) || !strings.Contains(d.stderr, " user=grace") ||
		strings.Contains(d.stderr, "ada@") {
		t.Fatalf("exit code %d\n%s%s", d.code, d.stdout, d.stderr)
	}
	return d
}

func asGrace(t *testing.T, db string, args ...string) done {
	t.Helper()
	return adminWith(t, map[string]string{"TROLLEY_DB": db, "SUDO_USER": "grace"}, args...)
}

func TestAnOperatorLooksAfterAccounts(t *testing.T) {
	t.Parallel()
	const email, first, second = "ada@example.com", "a sieve, two mugs", "three mugs, no sieve"
	s := shoptest.New(t)
	db, phone, desk := s.Settings.Database, s.Visitor(t), s.Visitor(t)
	signIn := func(v *shoptest.Visitor, password string) int {
		return v.Post("/account/login", "email", email, "password", password).StatusCode
	}
	phone.Post("/account/new", "email", email, "password", first).Want(t, http.StatusSeeOther)
	order := phone.Order("mug")
	phone.Post("/cart/items", "sku", "pan").Want(t, http.StatusSeeOther)
	signIn(desk, first)

	if d := must(t, admin(t, db, "sessions", "-json")); strings.Count(d.stdout, `"units": 1`) != 2 {
		t.Errorf("each of the two sessions has the pan of the account:\n%s", d.stdout)
	}
	if d := told(t, asGrace(t, db, "revoke", "-account", " ADA@example.com"), "sessions of an account ended"); d.stdout != "Ended 2 sessions.\n" {
		t.Errorf("revoke said %q", d.stdout)
	}
	for _, v := range []*shoptest.Visitor{phone, desk} {
		v.Get("/account").WantRedirect(t, "/account/login")
		v.Post("/cart/items", "sku", "mug").Want(t, http.StatusConflict)
	}
	if signIn(phone, first) != http.StatusSeeOther || phone.CartLines() != "pan 1" {
		t.Error("the cart of the account is lost")
	}
	if d := told(t, passwd(t, db, email, second), "password reset"); d.stdout != "Set a new password and ended 1 session.\n" {
		t.Errorf("passwd said %q", d.stdout)
	}
	if d := passwd(t, db, email, "12345678"); d.code != 1 || !strings.Contains(d.stderr, "tried first") {
		t.Errorf("a common password: %+v", d)
	}
	if signIn(desk, first) != http.StatusUnprocessableEntity || signIn(desk, second) != http.StatusSeeOther {
		t.Error("the new password is not the one that counts")
	}

	d := told(t, asGrace(t, db, "export", email), "data exported")
	for _, piece := range []string{`"email": "ada@example.com"`, `"sku": "pan"`, "12 St James's Square"} {
		if !strings.Contains(d.stdout, piece) {
			t.Errorf("no %s in %s", piece, d.stdout)
		}
	}
	if strings.Contains(d.stdout, "argon2id") {
		t.Error("the hash of the password is exported")
	}
	if d := told(t, asGrace(t, db, "erase", email), "data erased"); !strings.Contains(d.stdout, "also in 1 order.") {
		t.Errorf("erase said %q", d.stdout)
	}
	desk.Get(order).Want(t, http.StatusNotFound)
	if n := s.Count(t, "SELECT COUNT(*) FROM orders WHERE name || email || address LIKE '%Ada%' OR email LIKE 'ada%' OR address LIKE '%James%' OR postcode || town || country <> ''"); n != 0 {
		t.Error("the order still says whose it is")
	}
	if d := admin(t, db, "export", email); d.code != 1 || !strings.Contains(d.stderr, "there is nothing") {
		t.Errorf("after it was erased: %+v", d)
	}
	must(t, admin(t, db, "verify"))
}

// Without an account: an email that a guest ordered with, in other letters, and one that
// a guest typed at the checkout and has not ordered with.
func TestAnOperatorFindsWhatGuestsTyped(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	db, buyer, looker, other := s.Settings.Database, s.Visitor(t), s.Visitor(t), s.Visitor(t)
	typed := func(v *shoptest.Visitor, email string, want int) {
		form := v.Fill("mug")
		for i, field := range form {
			if field == "email" {
				form[i+1] = email
			}
		}
		if want != http.StatusSeeOther { // leave the address out
			form[len(form)-1] = ""
		}
		v.Post("/checkout", form...).Want(t, want)
	}
	typed(buyer, "J\u00dcRGEN@Example.com", http.StatusSeeOther)
	typed(looker, "j\u00fcrgen@example.com", http.StatusUnprocessableEntity)
	typed(other, "jurgen@example.com", http.StatusUnprocessableEntity)
	d := told(t, asGrace(t, db, "export", "ju\u0308rgen@example.com"), "data exported")
	if strings.Count(d.stdout, `"number"`) != 1 || strings.Count(d.stdout, `"checkout"`) != 1 {
		t.Errorf("one order and one session are theirs:\n%s", d.stdout)
	}
	if d := told(t, asGrace(t, db, "erase", "j\u00fcrgen@example.com"), "data erased"); !strings.Contains(d.stdout, "also in 1 order.") {
		t.Errorf("erase said %q", d.stdout)
	}
	looker.Post("/cart/items", "sku", "mug").Want(t, http.StatusConflict)
	other.Get("/checkout").Want(t, http.StatusOK)
	if n := s.Count(t, "SELECT COUNT(*) FROM sessions WHERE CAST(data AS TEXT) LIKE '%rgen@example.com%'"); n != 1 {
		t.Errorf("%d sessions hold such an email, want that of another person", n)
	}
	if d := asGrace(t, db, "erase", "j\u00fcrgen@example.com"); d.code != 1 || !strings.Contains(d.stderr, "there is nothing") {
		t.Errorf("once more: %+v", d)
	}
}
