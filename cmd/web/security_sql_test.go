package main

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// injections would change a statement that they became a part of.
var injections = []string{
	`'`, `"`, `\`, `%`, `_`, `*`, `$1`, `:sku`, `' --`, `mug' --`, `' OR '1'='1`, `') OR ('1'='1`, `1 OR 1=1`, "'\x00--",
	`'; DROP TABLE products; --`, `' UNION SELECT token, data, expiry FROM sessions --`, `'||(SELECT token FROM sessions)||'`,
}

// contents is everything in the database but the sessions: the schema, and every
// row of every table.
func (s *shop) contents(t *testing.T) string {
	t.Helper()
	var all string
	query := `SELECT (SELECT group_concat(type || name || coalesce(sql, ''), x'0a') FROM (SELECT * FROM sqlite_schema ORDER BY name)) || x'0a' ||
		(SELECT group_concat(sku || name || description || category || price || ' ' || stock || position || withdrawn, x'0a') FROM (SELECT * FROM products ORDER BY sku)) ||
		(SELECT group_concat(slug || name || position, x'0a') FROM categories) || (SELECT COUNT(*) FROM orders) || ' orders ' || (SELECT COUNT(*) FROM order_lines) || ' lines'`
	if s.isPostgres() {
		query = contentsPostgres
	}
	if err := s.store.Read().QueryRowContext(t.Context(), query).Scan(&all); err != nil {
		t.Fatal(err)
	}
	return all
}

// inject sends text as each parameter that there is.
func (v *visitor) inject(text string) (replies []reply) {
	q, p := url.QueryEscape(text), url.PathEscape(text)
	for _, path := range []string{
		"/?q=" + q, "/?q=mug+" + q + "&category=kitchen&sort=-price", "/?category=desk" + q, "/?sort=price" + q, "/?page=1" + q,
		"/products/mug" + p, "/orders/7KQ2-9XMA-4TCF" + p, "/static/" + p,
		"/cart?added=" + q + "&quantity=" + q + "&limit=" + q, "/cart?removed=" + q,
	} {
		replies = append(replies, v.get(path))
	}
	for path, form := range fields(v) {
		for name := range form {
			with := url.Values{name: {text}}
			for other, values := range form {
				if other != name {
					with[other] = values
				}
			}
			if path == "/checkout" && name != "cart" && name != "shown" {
				with.Set("shown", "") // so that nothing is ordered
			}
			replies = append(replies, v.ask("POST", path, with.Encode()))
		}
	}
	for _, path := range []string{"/cart/items/mug" + p, "/session/values/" + p + "/remove"} {
		replies = append(replies, v.ask("POST", path, "quantity=1"))
	}
	return replies
}

// R44: a text that would change a statement is a text that is not found.
func TestTextsAreNoStatements(t *testing.T) {
	t.Parallel()
	s, _ := newGuarded(t)
	s.prune(t)
	v := s.visitor(t)
	v.post("/cart/items", "sku", "mug", "quantity", "2").want(t, http.StatusSeeOther)
	victim := s.visitor(t)
	victim.settle()
	victim.post("/session/values", "key", "colour", "value", "of-the-victim").want(t, http.StatusSeeOther)
	s.exec(t, "UPDATE orders SET address = 'of-the-victim'")
	before, kept := s.contents(t), s.data(t, victim.token())
	secrets := []string{hashOf(victim.token())[:16], "of-the-victim", "CREATE TABLE", "SQL", "syntax error"}
	for _, text := range injections {
		v.post("/session/values/username/remove") // where an earlier one is still shown
		for _, r := range v.inject(text) {
			if r.StatusCode >= http.StatusInternalServerError {
				t.Errorf("%s %s, %q: status %d", r.Request.Method, r.Request.URL, text, r.StatusCode)
			}
			for _, secret := range secrets {
				if strings.Contains(blank(r.body), secret) && !strings.Contains(text, secret) {
					t.Errorf("%s %s, %q: the page holds %q", r.Request.Method, r.Request.URL, text, secret)
				}
			}
		}
		s.visitor(t).ask("GET", "/", "", "Cookie", "__Host-session="+strings.Map(printable, text)).want(t, http.StatusOK)
	}
	if after := s.contents(t); after != before {
		t.Errorf("the database holds\n%s\nand held\n%s", after, before)
	}
	if got := s.data(t, victim.token()); got != kept {
		t.Errorf("another session holds %s, and held %s", got, kept)
	}
	if got := s.count(t, "SELECT COUNT(*) FROM sessions"); got != 2 {
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
	s.exec(t, "UPDATE products SET description = '100% wool_y\\ (a*b)?' WHERE sku = 'pan'")
	v := s.visitor(t)
	for _, text := range injections {
		var want int
		const literal = "SELECT COUNT(*) FROM products WHERE NOT withdrawn AND (instr(lower(name), lower($1)) OR instr(lower(description), lower($1)))"
		if !strings.ContainsAny(text, " \x00") { // a search has several words
			want = s.count(t, literal, text)
		}
		if got := len(cards(v.get("/?q="+url.QueryEscape(text)).want(t, http.StatusOK))); got != min(want, perPage) && strings.TrimSpace(text) != "" {
			t.Errorf("%q finds %d things, want %d", text, got, want)
		}
		v.get("/?category="+url.QueryEscape(text)).want(t, http.StatusNotFound)
		v.get("/products/"+url.PathEscape(text)).want(t, http.StatusNotFound)
	}
	for word, want := range map[string]string{"100%": "pan", "%": "pan", "_": "pan", `\`: "pan", "wool_y": "pan", "woolxy": "", "mug pan": "", "MUG": "mug"} {
		if got := strings.Join(cards(v.get("/?q="+url.QueryEscape(word))), " "); got != want {
			t.Errorf("%q finds %q, want %q", word, got, want)
		}
	}
}

// R44: nor does the back office.
func TestBackOfficeTakesNoStatements(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.visitor(t).settle()
	before, ops := s.contents(t), s.ops()
	for _, text := range append(injections, "-1", "0", "99999999999999999999", "1e3") {
		for _, parameter := range []string{"page", "q", "sort", "session", "revoked", "from", "after"} {
			r := askOps(ops, "GET", "localhost", "/sessions?"+parameter+"="+url.QueryEscape(text))
			if r.StatusCode >= http.StatusInternalServerError {
				t.Errorf("%s %q: status %d", parameter, text, r.StatusCode)
			}
			checkInert(t, kind{name: parameter + " " + text, reply: r})
		}
		if r := askOps(ops, "GET", "localhost", "/sessions/"+url.PathEscape(text)); r.StatusCode >= http.StatusInternalServerError {
			t.Errorf("session %q: status %d", text, r.StatusCode)
		}
		if r := askOps(ops, "POST", "localhost", "/sessions/"+url.PathEscape(text)+"/revoke"); r.StatusCode >= http.StatusInternalServerError {
			t.Errorf("revoke %q: status %d", text, r.StatusCode)
		}
	}
	if after := s.contents(t); after != before || s.count(t, "SELECT COUNT(*) FROM sessions") != 1 {
		t.Errorf("the database holds\n%s\nand held\n%s", after, before)
	}
}
