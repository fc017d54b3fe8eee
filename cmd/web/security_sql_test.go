package main

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"trolley/test/shoptest"
)

// injections would change a statement that they became a part of.
var injections = []string{
	`'`, `"`, `\`, `%`, `_`, `*`, `$1`, `:sku`, `' --`, `mug' --`, `' OR '1'='1`, `') OR ('1'='1`, `1 OR 1=1`, "'\x00--",
	`'; DROP TABLE products; --`, `' UNION SELECT token, data, expiry FROM sessions --`, `'||(SELECT token FROM sessions)||'`,
}

// R44: a text that would change a statement is a text that is not found.
func TestTextsAreNoStatements(t *testing.T) {
	t.Parallel()
	s, _ := newGuarded(t)
	prune(t, s)
	v := s.Visitor(t)
	v.Post("/cart/items", "sku", "mug", "quantity", "2").Want(t, http.StatusSeeOther)
	victim := s.Visitor(t)
	victim.Settle()
	victim.Post("/session/values", "key", "colour", "value", "of-the-victim").Want(t, http.StatusSeeOther)
	s.Exec(t, "UPDATE orders SET address = 'of-the-victim'")
	before, kept := contents(t, s), s.Data(t, victim.Token())
	secrets := []string{shoptest.HashOf(victim.Token())[:16], "of-the-victim", "CREATE TABLE", "SQL", "syntax error"}
	for _, text := range injections {
		v.Post("/session/values/username/remove") // where an earlier one is still shown
		for _, r := range inject(v, text) {
			if r.StatusCode >= http.StatusInternalServerError {
				t.Errorf("%s %s, %q: status %d", r.Request.Method, r.Request.URL, text, r.StatusCode)
			}
			for _, secret := range secrets {
				if strings.Contains(shoptest.Blank(r.Body), secret) && !strings.Contains(text, secret) {
					t.Errorf("%s %s, %q: the page holds %q", r.Request.Method, r.Request.URL, text, secret)
				}
			}
		}
		s.Visitor(t).Ask("GET", "/", "", "Cookie", "__Host-trolley_session="+strings.Map(printable, text)).Want(t, http.StatusOK)
	}
	if after := contents(t, s); after != before {
		t.Errorf("the database holds\n%s\nand held\n%s", after, before)
	}
	if got := s.Data(t, victim.Token()); got != kept {
		t.Errorf("another session holds %s, and held %s", got, kept)
	}
	if got := s.Count(t, "SELECT COUNT(*) FROM sessions"); got != 2 {
		t.Errorf("%d sessions, want 2", got)
	}
}

func printable(r rune) rune {
	if r < ' ' || r > '~' {
		return 'x'
	}
	return r
}

// R44: and finds no more than what has it in its name or description.
func TestSearchFindsNoMoreThanItIsFor(t *testing.T) {
	t.Parallel()
	s, _ := newGuarded(t)
	s.Exec(t, "UPDATE products SET description = '100% wool_y\\ (a*b)?' WHERE sku = 'pan'")
	v := s.Visitor(t)
	for _, text := range injections {
		var want int
		const literal = "SELECT COUNT(*) FROM products WHERE NOT withdrawn AND (instr(lower(name), lower($1)) OR instr(lower(description), lower($1)))"
		if !strings.ContainsAny(text, " \x00") { // a search has several words
			want = s.Count(t, literal, text)
		}
		if got := len(shoptest.Cards(v.Get("/?q="+url.QueryEscape(text)).Want(t, http.StatusOK))); got != min(want, 12) && strings.TrimSpace(text) != "" {
			t.Errorf("%q finds %d things, want %d", text, got, want)
		}
		v.Get("/?category="+url.QueryEscape(text)).Want(t, http.StatusNotFound)
		v.Get("/products/"+url.PathEscape(text)).Want(t, http.StatusNotFound)
	}
	for word, want := range map[string]string{"100%": "pan", "%": "pan", "_": "pan", `\`: "pan", "wool_y": "pan", "woolxy": "", "mug pan": "", "MUG": "mug"} {
		if got := strings.Join(shoptest.Cards(v.Get("/?q="+url.QueryEscape(word))), " "); got != want {
			t.Errorf("%q finds %q, want %q", word, got, want)
		}
	}
}

// R44: nor does the back office.
func TestBackOfficeTakesNoStatements(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t, withInspector)
	s.Visitor(t).Settle()
	before, ops := contents(t, s), s.Ops
	for _, text := range append(injections, "-1", "0", "99999999999999999999", "1e3") {
		for _, parameter := range []string{"page", "q", "sort", "session", "revoked", "from", "after"} {
			r := shoptest.AskOps(ops, "GET", "localhost", "/sessions?"+parameter+"="+url.QueryEscape(text))
			if r.StatusCode >= http.StatusInternalServerError {
				t.Errorf("%s %q: status %d", parameter, text, r.StatusCode)
			}
			checkInert(t, kind{name: parameter + " " + text, Reply: r})
		}
		if r := shoptest.AskOps(ops, "GET", "localhost", "/sessions/"+url.PathEscape(text)); r.StatusCode >= http.StatusInternalServerError {
			t.Errorf("session %q: status %d", text, r.StatusCode)
		}
		if r := shoptest.AskOps(ops, "POST", "localhost", "/sessions/"+url.PathEscape(text)+"/revoke"); r.StatusCode >= http.StatusInternalServerError {
			t.Errorf("revoke %q: status %d", text, r.StatusCode)
		}
	}
	if after := contents(t, s); after != before || s.Count(t, "SELECT COUNT(*) FROM sessions") != 1 {
		t.Errorf("the database holds\n%s\nand held\n%s", after, before)
	}
}
