package shop_test

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"trolley/internal/store"
	"trolley/test/shoptest"
)

const (
	goodEmail    = "ada@example.com"
	goodPassword = "a sieve, two mugs"
)

// signUp makes an account.
func signUp(t testing.TB, v *shoptest.Visitor) {
	t.Helper()
	v.Post("/account/new", "email", goodEmail, "password", goodPassword, "remember", "on").Want(t, http.StatusSeeOther)
}

func signIn(t testing.TB, v *shoptest.Visitor) shoptest.Reply {
	t.Helper()
	return v.Post("/account/login", "email", goodEmail, "password", goodPassword).Want(t, http.StatusSeeOther)
}

// another is the old browser once more, with its cookies of now.
func another(v *shoptest.Visitor) *shoptest.Visitor {
	old := v.Shop.Visitor(v.T)
	old.Client.Jar.SetCookies(v.Home(), v.Cookies())
	return old
}

func TestASignInRenewsTheTokenAndKeepsTheCart(t *testing.T) {
	t.Parallel()
	v := shoptest.New(t).Visitor(t)
	v.Post("/cart/items", "sku", "mug", "quantity", "2").Want(t, http.StatusSeeOther)
	thief := another(v)
	signUp(t, v)
	if got := v.CartLines(); got != "mug 2" {
		t.Errorf("cart %q after the sign-up, want mug 2", got)
	}
	v.Get("/account").Want(t, http.StatusOK, goodEmail)
	v.Get("/session").Want(t, http.StatusOK, "You are signed in", "session fixation")
	if got := thief.CartLines(); got != "" {
		t.Errorf("the old token still opens a cart: %q", got)
	}
	thief.Get("/account").WantRedirect(t, "/account/login")
	thief.Post("/cart/items", "sku", "pan").Want(t, http.StatusConflict)
	thief = another(v)
	v.Post("/account/logout").WantRedirect(t, "/")
	v.Post("/account/logout").WantRedirect(t, "/account/login")
	thief.Get("/account").WantRedirect(t, "/account/login")
	if n := v.Shop.Count(t, "SELECT COUNT(*) FROM sessions"); n != 0 {
		t.Errorf("%d sessions after the sign-out, want none", n)
	}
	signIn(t, v)
	if got := v.CartLines(); got != "mug 2" {
		t.Errorf("cart %q after the sign-in, want mug 2", got)
	}
}

func TestTwoDevicesOfAnAccountHaveOneCart(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	phone, desk := shop.Visitor(t), shop.Twin(t).Visitor(t)
	signUp(t, phone)
	signIn(t, desk)
	var adds sync.WaitGroup
	for _, v := range []*shoptest.Visitor{phone, desk} {
		for range 10 {
			adds.Go(func() {
				for { // a busy shop says that it changed nothing: the visitor tries again
					reply := v.PostJSON("/cart/items", "sku", "pencil")
					if reply.StatusCode == http.StatusServiceUnavailable && strings.Contains(reply.Body, "Nothing was changed") {
						continue
					}
					reply.Want(t, http.StatusOK)
					return
				}
			})
		}
	}
	adds.Wait()
	for _, v := range []*shoptest.Visitor{phone, desk} {
		if got := v.CartLines(); got != "pencil 20" {
			t.Errorf("cart %q, want all 20 pencils", got)
		}
	}
}

// A run of a handler that another device overtook is discarded: only the last one answers,
// and the log tells of that one alone.
func TestARunThatIsDiscardedIsNoRefusal(t *testing.T) {
	t.Parallel()
	shoptest.AboutSQLite(t)
	log := &shoptest.Journal{}
	shop := shoptest.New(t, func(o *shoptest.Settings) { o.Log = slog.New(slog.NewJSONHandler(log, nil)) })
	v := shop.Visitor(t)
	signUp(t, v)
	shop.Exec(t, "CREATE TRIGGER overtaken BEFORE UPDATE ON accounts BEGIN SELECT RAISE(IGNORE); END")
	v.Post("/cart/items", "sku", "mug").Want(t, http.StatusServiceUnavailable, "Nothing was changed")
	refused := slices.DeleteFunc(log.Entries(t), func(e map[string]any) bool { return e["msg"] != "request refused" })
	if len(refused) != 1 {
		t.Errorf("%d refusals in the log, want one: %v", len(refused), refused)
	}
}

func TestAGuestsCartIsMergedWithAReceiptAndAnUndo(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	phone, desk := shop.Visitor(t), shop.Visitor(t)
	signUp(t, phone)
	phone.Post("/cart/items", "sku", "pan", "quantity", "2").Want(t, http.StatusSeeOther)
	desk.Post("/cart/items", "sku", "pan", "quantity", "3").Want(t, http.StatusSeeOther)
	desk.Post("/cart/items", "sku", "mug").Want(t, http.StatusSeeOther)
	signIn(t, desk).WantRedirect(t, "/cart")
	if got := phone.CartLines(); got != "pan 3, mug 1" {
		t.Errorf("cart %q, want pan 3, mug 1", got)
	}
	desk.Get("/cart").Want(t, http.StatusOK, "Small pan: only 1 of 3 added. We have no more", "Enamel mug: 1 added")
	phone.Post("/cart/items", "sku", "mug").Want(t, http.StatusSeeOther)
	desk.Post("/cart/merged", "undo", "on").WantRedirect(t, "/cart")
	if got := phone.CartLines(); got != "pan 2, mug 1" {
		t.Errorf("cart %q after the undo, want what the phone put in", got)
	}
	desk.Post("/cart/merged", "undo", "on").WantRedirect(t, "/cart")
	if page := desk.Get("/cart"); strings.Contains(page.Text(), "came along") || phone.CartLines() != "pan 2, mug 1" {
		t.Errorf("a second undo did something: %s", page.Text())
	}
}

// A session without room for the sign-in is told so, and keeps its cart.
func TestAFullSessionLosesNothingAtASignIn(t *testing.T) {
	t.Parallel()
	v := shoptest.New(t).Visitor(t)
	signUp(t, v)
	v.Post("/account/logout").WantRedirect(t, "/")
	v.Post("/cart/items", "sku", "pencil").Want(t, http.StatusSeeOther)
	for i, n := 0, 200; n > 0; i++ {
		if v.Post("/session/values", "key", fmt.Sprint("k", i), "value", strings.Repeat("\u20ac", n)).StatusCode != http.StatusSeeOther {
			n /= 2
		}
	}
	v.Post("/account/login", "email", goodEmail, "password", goodPassword).Want(t, http.StatusUnprocessableEntity, "Your session is full")
	if got := v.CartLines(); got != "pencil 1" {
		t.Errorf("cart %q after the refusal, want pencil 1", got)
	}
	v.Post("/session/values/k0/remove").Want(t, http.StatusSeeOther)
	signIn(t, v)
	if got := v.CartLines(); got != "pencil 1" {
		t.Errorf("cart %q after the sign-in, want pencil 1", got)
	}
}

// A session that is being renewed at the very moment does not slip through under its new
// token. On SQLite one of the two transactions is over before the other begins.
func TestASignOutEverywhereEndsASessionThatIsBeingRenewed(t *testing.T) {
	t.Parallel()
	if !shoptest.OnPostgres() {
		t.Skip("about PostgreSQL")
	}
	shop := shoptest.New(t)
	renewing, ending := shop.Visitor(t), shop.Visitor(t)
	signUp(t, renewing)
	signIn(t, ending)
	// The last statement of the renewal waits for this.
	release := holdRow(t, shop, "SELECT token FROM account_sessions WHERE token = $1 FOR UPDATE", shoptest.HashOf(renewing.Token()))
	var wg sync.WaitGroup
	var over atomic.Bool // one of the two did not wait: a slow machine gives up
	wg.Go(func() { renewing.Post("/session/renew"); over.Store(true) })
	await(t, shop, 1, &over)
	wg.Go(func() {
		ending.Post("/account/devices/end", "which", "all").Want(t, http.StatusSeeOther)
		over.Store(true)
	})
	await(t, shop, 2, &over)
	release()
	wg.Wait()
	renewing.Get("/account").WantRedirect(t, "/account/login")
	if n := shop.Count(t, "SELECT COUNT(*) FROM sessions"); n != 0 {
		t.Errorf("%d sessions are left", n)
	}
}

// holdRow locks a row in a transaction, which release ends.
func holdRow(t *testing.T, shop *shoptest.Shop, text string, args ...any) (release func()) {
	t.Helper()
	tx, err := shop.Store.Write().BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tx.Rollback() })
	if _, err := tx.ExecContext(t.Context(), text, args...); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := tx.Commit(); err != nil {
			t.Error(err)
		}
	}
}

// await waits until n statements of the shop wait for a lock, or something is over.
func await(t *testing.T, shop *shoptest.Shop, n int, over *atomic.Bool) {
	t.Helper()
	const text = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
	for shop.Count(t, text) < n && !over.Load() {
	}
}

// An add that waits for the row of its account holds the session: once the end of that is
// acknowledged, nothing is written.
func TestAnAddThatWaitsForItsAccountKeepsTheSessionFromEnding(t *testing.T) {
	t.Parallel()
	if !shoptest.OnPostgres() {
		t.Skip("about PostgreSQL")
	}
	shop := shoptest.New(t)
	v := shop.Visitor(t)
	signUp(t, v)
	token := shoptest.HashOf(v.Token())
	release := holdRow(t, shop, "SELECT id FROM accounts FOR UPDATE")
	var wg sync.WaitGroup
	var added, ended atomic.Bool
	status := 0
	wg.Go(func() { status = v.Post("/cart/items", "sku", "mug").StatusCode; added.Store(true) })
	await(t, shop, 1, &added)
	wg.Go(func() {
		if err := shop.Sessions.Revoke(t.Context(), token); err != nil {
			t.Error(err)
		}
		ended.Store(true)
	})
	await(t, shop, 2, &ended)
	endedFirst := ended.Load()
	release()
	wg.Wait()
	if endedFirst && status == http.StatusSeeOther {
		t.Error("the session had ended, and its add was stored")
	}
}

// What an operator asks of either engine: orders of guests in whatever letters the email
// was typed, and sessions that have it at the checkout.
func TestAPersonIsFoundByTheEmailThatGuestsTyped(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	typed := func(email, town string, want int) *shoptest.Visitor {
		v := shop.Visitor(t)
		v.Post("/checkout", append(v.Fill("mug")[:4:4], "name", "Ada", "email", email, "address", "12 St James's Square",
			"postcode", "SW1Y 4JH", "town", town, "country", "England")...).Want(t, want)
		return v
	}
	typed("J\u00dcRGEN@Example.com", "London", http.StatusSeeOther)
	looker := typed("ju\u0308rgen@example.com", "", http.StatusUnprocessableEntity)
	typed("jurgen@example.com", "London", http.StatusSeeOther)
	person, err := shop.Accounts.Find(t.Context(), "j\u00fcrgen@example.com")
	if err != nil {
		t.Fatal(err)
	}
	data, err := shop.Accounts.Export(t.Context(), person)
	if err != nil || len(data.Orders) != 1 || len(data.Sessions) != 1 {
		t.Errorf("%d orders, %d sessions, %v; want one of each", len(data.Orders), len(data.Sessions), err)
	}
	if n, err := shop.Accounts.Erase(t.Context(), person); n != 1 || err != nil {
		t.Errorf("%d orders erased, %v", n, err)
	}
	looker.Post("/cart/items", "sku", "mug").Want(t, http.StatusConflict)
	if n := shop.Count(t, "SELECT COUNT(*) FROM orders WHERE email = 'jurgen@example.com'"); n != 1 {
		t.Error("the order of another person is erased")
	}
	if _, err := shop.Accounts.Export(t.Context(), person); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("afterwards: %v", err)
	}
}
