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
		env{func(string) string { return "" }, strings.NewReader(password + "\n"), &stdout, &stderr, time.Now})
	return done{code, stdout.String(), stderr.String()}
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

	if d := must(t, admin(t, db, "revoke", "-account", " ADA@example.com")); d.stdout != "Ended 2 sessions.\n" {
		t.Errorf("revoke said %q", d.stdout)
	}
	for _, v := range []*shoptest.Visitor{phone, desk} {
		v.Get("/account").WantRedirect(t, "/account/login")
		v.Post("/cart/items", "sku", "mug").Want(t, http.StatusConflict)
	}
	if signIn(phone, first) != http.StatusSeeOther || phone.CartLines() != "pan 1" {
		t.Error("the cart of the account is lost")
	}
	if d := must(t, passwd(t, db, email, second)); d.stdout != "Set a new password and ended 1 session.\n" {
		t.Errorf("passwd said %q", d.stdout)
	}
	if d := passwd(t, db, email, "12345678"); d.code != 1 || !strings.Contains(d.stderr, "tried first") {
		t.Errorf("a common password: %+v", d)
	}
	if signIn(desk, first) != http.StatusUnprocessableEntity || signIn(desk, second) != http.StatusSeeOther {
		t.Error("the new password is not the one that counts")
	}

	d := must(t, admin(t, db, "export", email))
	for _, piece := range []string{`"email": "ada@example.com"`, `"sku": "pan"`, "12 St James's Square"} {
		if !strings.Contains(d.stdout, piece) {
			t.Errorf("no %s in %s", piece, d.stdout)
		}
	}
	if strings.Contains(d.stdout, "argon2id") {
		t.Error("the hash of the password is exported")
	}
	if d := must(t, admin(t, db, "erase", email)); !strings.Contains(d.stdout, "also in 1 order.") {
		t.Errorf("erase said %q", d.stdout)
	}
	desk.Get(order).Want(t, http.StatusNotFound)
	if n := s.Count(t, "SELECT COUNT(*) FROM orders WHERE name || email || address LIKE '%Ada%' OR email LIKE 'ada%' OR address LIKE '%James%'"); n != 0 {
		t.Error("the order still says whose it is")
	}
	if d := admin(t, db, "export", email); d.code != 1 || !strings.Contains(d.stderr, "there is nothing") {
		t.Errorf("after it was erased: %+v", d)
	}
	must(t, admin(t, db, "verify"))
}
