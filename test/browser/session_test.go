package browser

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

// TestSessionValues: a name greets on every page until it is deleted.
func TestSessionValues(t *testing.T) {
	t.Parallel()
	for _, plain := range []bool{false, true} {
		t.Run(map[bool]string{false: "with JavaScript", true: "without JavaScript"}[plain], func(t *testing.T) {
			t.Parallel()
			p := newVisitor(t).browse(openShop(t))
			if plain {
				p.switchOff()
			}
			p.open("/session")
			p.sees("main", "no row here, no cookie in your browser.")
			p.tell("username", "Ada <b>Lovelace")
			for _, path := range []string{"/session", "/", "/?q=pan", "/products/tote", "/cart", "/nothing/here"} {
				p.watch.pardon("status of 404")
				p.open(path)
				p.sees(".hello", "Hello, Ada <b>Lovelace")
			}
			p.tell("username", "Grace")
			p.sees(".hello", "Hello, Grace")
			p.follow(`form[action="/session/values/username/remove"] button`)
			if !plain { // its script told which product was looked at
				p.follow(`form[action="/session/values/viewed/remove"] button`)
			}
			p.sees("main", "Nothing yet.")
			if got := p.text(".hello"); got != "" {
				t.Errorf("after it was deleted, the name still shows: %q", got)
			}
		})
	}
}

// TestReservedKeysAreRefused: what the shop keeps for itself is changed by the
// shop alone, and what was typed is kept.
func TestReservedKeysAreRefused(t *testing.T) {
	t.Parallel()
	p := newVisitor(t).browse(openShop(t))
	p.watch.pardon("status of 422")
	p.open("/session")
	p.fill("#key", "cart")
	p.fill("#value", "empty")
	p.follow(".tell button")
	p.sees("#key-error", "The shop itself uses")
	p.until(`document.activeElement.id === "key"`)
	if got, want := p.values("#key", "#value"), "cart|empty"; got != want {
		t.Errorf("what was typed is now %q, want %q", got, want)
	}
}

// TestThemeSwitch: the choice outweighs what the device prefers.
func TestThemeSwitch(t *testing.T) {
	t.Parallel()
	p := newVisitor(t).browse(openShop(t))
	p.prefers("prefers-color-scheme", "dark")
	theme := func(want, paper string) {
		t.Helper()
		const seen = `document.documentElement.dataset.theme + " " + getComputedStyle(document.body).backgroundColor`
		if got := eval[string](p, seen); got != want+" "+paper {
			t.Errorf("theme %s, want %s %s", got, want, paper)
		}
	}
	const light, dark = "rgb(250, 247, 242)", "rgb(22, 21, 19)"
	p.open("/session")
	theme("auto", dark)
	p.follow(`.switch button[value="light"]`)
	theme("light", light)
	p.open("/")
	theme("light", light)
	p.prefers("prefers-color-scheme", "light")
	p.open("/session")
	p.follow(`.switch button[value="dark"]`)
	theme("dark", dark)
	p.open("/cart")
	theme("dark", dark)
	p.open("/session")
	p.follow(`.switch button[value="auto"]`)
	theme("auto", light)
}

// TestSessionPageShowsTheRow compares the page with the table.
func TestSessionPageShowsTheRow(t *testing.T) {
	t.Parallel()
	shop, p := visit(t)
	p.add("tote")
	p.tell("motto", `"quoted", <b>bold</b> & žluťoučký`)
	row := eval[[]string](p, `[...document.querySelectorAll(".ledger .row dd")].map(e => [...e.querySelectorAll(":scope > code, :scope > pre")].at(-1).textContent)`)
	if len(row) != 3 {
		t.Fatalf("the row has the columns %q", row)
	}
	if got, want := row[0], shop.value("SELECT substr(token, 1, 12) FROM sessions")+"…"; got != want {
		t.Errorf("token %s, in the table %s", got, want)
	}
	if got, want := row[2], shop.value("SELECT printf('%.6f', expiry) FROM sessions"); !strings.HasPrefix(got, want) {
		t.Errorf("expiry %s, in the table %s", got, want)
	}
	if stored := shop.value("SELECT data FROM sessions"); !sameJSON(t, row[1], stored) {
		t.Errorf("data\n%s\nin the table\n%s", row[1], stored)
	}
	if token := p.cookie().Value; strings.Contains(eval[string](p, "document.documentElement.outerHTML"), token) {
		t.Error("the page shows the token")
	}
	if got := eval[string](p, "document.cookie"); got != "" {
		t.Errorf("scripts can read the cookie: %s", got)
	}
}

func sameJSON(t *testing.T, a, b string) bool {
	t.Helper()
	var values [2]any
	for i, s := range []string{a, b} {
		if err := json.Unmarshal([]byte(s), &values[i]); err != nil {
			t.Fatalf("%v in %s", err, s)
		}
	}
	return reflect.DeepEqual(values[0], values[1])
}

// TestClocksRun: down to what is to come, and up from what has been.
func TestClocksRun(t *testing.T) {
	t.Parallel()
	p := newVisitor(t).browse(openShop(t))
	p.tell("username", "Ada")
	const clocks = `[...document.querySelectorAll("[data-clock]")].map(e => e.textContent)`
	before := eval[[]string](p, clocks)
	if len(before) != 4 {
		t.Fatalf("clocks: %q, want four", before)
	}
	for i, text := range before {
		p.until(clocks + "[" + literal(i) + "] !== " + literal(text))
	}
	for i, after := range eval[[]string](p, clocks) {
		// Fewer days left, or more gone: of one length, so texts compare as numbers do.
		if down := strings.HasSuffix(after, "left"); down != (after < before[i]) {
			t.Errorf("clock %d went from %q to %q", i, before[i], after)
		}
	}
}

// TestRenewAndDestroy: a new token opens the same cart, and in the end nothing is
// left.
func TestRenewAndDestroy(t *testing.T) {
	t.Parallel()
	shop, p := visit(t)
	p.add("tote")
	p.tell("username", "Ada")
	old, row := p.cookie().Value, shop.value("SELECT token FROM sessions")
	p.follow(`form[action="/session/renew"] button`)
	p.sees(".hello", "Ada")
	p.counts(1)
	if got := p.cookie().Value; got == old {
		t.Error("the cookie was not changed")
	}
	if got := shop.value("SELECT group_concat(token) FROM sessions"); got == row || len(got) != len(row) {
		t.Errorf("rows of the tokens %s, want one new row instead of %s", got, row)
	}
	p.open("/cart")
	p.holds("tote 1")

	p.open("/session")
	p.follow(`form[action="/session/destroy"] button`)
	p.sees("main", "no row here, no cookie in your browser.")
	p.counts(0)
	if c := p.cookie(); c != nil {
		t.Errorf("the cookie is %+v, want none", c)
	}
	if got := shop.value("SELECT count(*) FROM sessions"); got != "0" {
		t.Errorf("%s rows are left, want none", got)
	}
	p.open("/cart")
	p.sees("main", "Nothing here yet")
}

// TestDestroyInOneTabReachesTheOther: a page that is still open acts on nothing
// of before.
func TestDestroyInOneTabReachesTheOther(t *testing.T) {
	t.Parallel()
	_, p := visit(t)
	p.add("tote")
	other := p.another()
	other.open("/session")
	other.follow(`form[action="/session/destroy"] button`)
	p.fill("#quantity", "2")
	p.click("#add")
	p.counts(2)
	p.open("/cart")
	p.holds("tote 2")
}
