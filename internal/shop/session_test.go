package shop_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"trolley/internal/shop"
	"trolley/internal/web"
	"trolley/test/shoptest"
)

func TestSessionPageOfSomebodyUnknown(t *testing.T) {
	t.Parallel()
	v := shoptest.New(t).Visitor(t)
	page := v.Get("/session").Want(t, http.StatusOK, "You have no session yet: no row here, no cookie")
	if page.Element("form", "action", "/session/destroy") != nil {
		t.Error("the page offers to destroy a session that there is not")
	}
	v.Post("/session/renew").WantRedirect(t, "/session?renewed=")
	v.Post("/session/destroy").WantRedirect(t, "/session?forgotten=1")
	v.Post("/session/values/colour/remove").WantRedirect(t, "/session?deleted=colour")
	if got := v.Cookies(); len(got) != 0 {
		t.Errorf("cookies %v, want none", got)
	}
}

func TestSessionPageShowsTheVeryRow(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	v := s.Visitor(t)
	v.Post("/cart/items", "sku", "mug").Want(t, http.StatusSeeOther)
	v.Post("/session/values", "key", "colour", "value", `<b>"blue"</b> & more`).WantRedirect(t, "/session?stored=colour")
	var token, data string
	if err := s.Store.Read().QueryRow("SELECT token, CAST(data AS TEXT) FROM sessions").Scan(&token, &data); err != nil {
		t.Fatal(err)
	}
	page := v.Get("/session").Want(t, http.StatusOK, token[:12], shoptest.OnEngine("a Julian day", "UTC"), "__Host-trolley_session=…", "Path=/", "HttpOnly", "Secure", "SameSite=Lax",
		shoptest.OnEngine(`sqlite3 -line shop.db "SELECT * FROM sessions WHERE token GLOB '`+token[:12]+`*'"`,
			`psql -x -c "SELECT * FROM sessions WHERE token LIKE '`+strings.ReplaceAll(token[:12], "_", `\_`)+`%'"`))
	if want := strings.Join(strings.Fields(web.Pretty([]byte(data))), " "); !strings.Contains(page.Text(), want) {
		t.Errorf("no %s in\n%s", want, page.Text())
	}
	cookie := v.Cookies()[0].Value
	for _, secret := range []string{cookie, token, token[:16], v.Shop.Database} {
		if strings.Contains(page.Body, secret) {
			t.Errorf("the page shows %q", secret)
		}
	}
	if page.Element("form", "action", "/session/values/cart/remove") != nil {
		t.Error("the page offers to remove what the shop keeps for itself")
	}
}

func TestUsernameGreetsOnEveryPage(t *testing.T) {
	t.Parallel()
	v := shoptest.New(t).Visitor(t)
	v.Post("/session/values", "key", "username", "value", "Ada <i>").WantRedirect(t, "/session?stored=username")
	for _, path := range []string{"/", "/products/mug", "/cart", "/session"} {
		v.Get(path).Want(t, http.StatusOK, "Hello, Ada <i>")
	}
	v.Get("/nowhere").Want(t, http.StatusNotFound, "Hello, Ada <i>")
	v.Post("/session/values/username/remove").WantRedirect(t, "/session?deleted=username")
	if got := v.Get("/").Text(); strings.Contains(got, "Hello") {
		t.Errorf("still greeted: %s", got)
	}
}

func TestThemeIsLightDarkOrAuto(t *testing.T) {
	t.Parallel()
	v := shoptest.New(t).Visitor(t)
	for _, theme := range []string{"dark", "light", "auto"} {
		v.Post("/session/values", "key", "theme", "value", theme).WantRedirect(t, "/session?stored=theme")
		if v.Get("/").Element("html", "data-theme", theme) == nil {
			t.Errorf("the page is not %s", theme)
		}
	}
	for _, theme := range []string{"", "Dark", "blue", "dark "} {
		v.Post("/session/values", "key", "theme", "value", theme).Want(t, http.StatusUnprocessableEntity, "light, dark or auto")
	}
}

func TestValuesThatAreRefused(t *testing.T) {
	t.Parallel()
	v := shoptest.New(t).Visitor(t)
	v.Post("/cart/items", "sku", "mug").Want(t, http.StatusSeeOther)
	for _, tt := range []struct{ key, value, field, says string }{
		{"", "x", "key", "A key is one word"},
		{"Colour", "x", "key", "A key is one word"},
		{"9lives", "x", "key", "A key is one word"},
		{"a b", "x", "key", "A key is one word"},
		{"a\n", "x", "key", "A key is one word"},
		{"__rememberMe", "off", "key", "A key is one word"},
		{strings.Repeat("k", 33), "x", "key", "A key is one word"},
		{"cart", "{}", "key", `The shop itself uses "cart"`},
		{"checkout", "{}", "key", `The shop itself uses "checkout"`},
		{"orders", "[]", "key", `The shop itself uses "orders"`},
		{"colour", strings.Repeat("é", 201), "value", "at most 200 characters"},
		{"colour", "a\x00b", "value", "plain text on one line"},
		{"colour", "a\nb", "value", "plain text on one line"},
		{"username", "\x1b[31m", "value", "plain text on one line"},
	} {
		page := v.Post("/session/values", "key", tt.key, "value", tt.value).Want(t, http.StatusUnprocessableEntity, tt.says)
		if got := page.Value(t, "id", "key"); got != tt.key && !strings.Contains(tt.key, "\n") {
			t.Errorf("%q: the form shows %q", tt.key, got)
		}
		if got := page.Value(t, "id", "value"); got != shownAs(tt.value) && !strings.Contains(tt.value, "\n") {
			t.Errorf("%q: the form shows %q", tt.value, got)
		}
		shoptest.CheckRefusal(t, v.PostJSON("/session/values", "key", tt.key, "value", tt.value), tt.field)
	}
	for _, key := range []string{"cart", "checkout", "orders"} {
		v.Post("/session/values/"+key+"/remove").Want(t, http.StatusUnprocessableEntity, "It was not removed")
	}
	v.Post("/session/values/__rememberMe/remove").Want(t, http.StatusNotFound)
	if got := v.CartLines(); got != "mug 1" {
		t.Errorf("cart %q, want mug 1", got)
	}
}

func TestSessionHoldsTwentyFreeValues(t *testing.T) {
	t.Parallel()
	v := shoptest.New(t).Visitor(t)
	for i := range shop.MaxFreeValues {
		v.Post("/session/values", "key", fmt.Sprintf("k%d", i), "value", strings.Repeat("x", 200)).WantRedirect(t, "/session?stored="+fmt.Sprintf("k%d", i))
	}
	v.Post("/session/values", "key", "one-more", "value", "").Want(t, http.StatusUnprocessableEntity, "at most 20 values")
	v.Post("/session/values", "key", "k0", "value", "changed").WantRedirect(t, "/session?stored=k0")
	v.Post("/session/values", "key", "username", "value", "Ada").WantRedirect(t, "/session?stored=username")
	v.Post("/session/values/k1/remove").WantRedirect(t, "/session?deleted=k1")
	v.Post("/session/values", "key", "one-more", "value", "").WantRedirect(t, "/session?stored=one-more")
	v.Post("/cart/items", "sku", "mug").Want(t, http.StatusSeeOther)
}

func TestFullSessionSaysSoAndKeepsWhatItHas(t *testing.T) {
	t.Parallel()
	v := shoptest.New(t).Visitor(t)
	v.Post("/cart/items", "sku", "mug").Want(t, http.StatusSeeOther)
	wide := strings.Repeat("\U0001F6D2", 200) // 800 bytes
	status := 0
	for i := 0; i < shop.MaxFreeValues && status != http.StatusUnprocessableEntity; i++ {
		status = v.Post("/session/values", "key", fmt.Sprintf("k%d", i), "value", wide).StatusCode
	}
	if status != http.StatusUnprocessableEntity {
		t.Fatal("a session has no end")
	}
	for i, more := 1, true; more; i++ {
		r := v.Post("/cart/items", "sku", fmt.Sprintf("peg-%d", i))
		if more = r.StatusCode == http.StatusSeeOther; !more {
			r.Want(t, http.StatusUnprocessableEntity, "Your session is full")
		}
	}
	// The order goes ahead all the same: it makes room.
	v.Post("/checkout", v.CheckoutForm()...).Want(t, http.StatusSeeOther)
}

func TestRememberDecidesWhatOutlivesTheBrowser(t *testing.T) {
	t.Parallel()
	v := shoptest.New(t).Visitor(t)
	if got := v.Post("/cart/items", "sku", "mug").Cookies(); len(got) != 1 || got[0].MaxAge <= 0 {
		t.Errorf("cookie %v at first, want one that lasts", got)
	}
	off := v.Post("/session/remember", "remember", "off").WantRedirect(t, "/session?remember=off")
	if got := off.Cookies(); len(got) != 1 || got[0].MaxAge != 0 || !got[0].Expires.IsZero() {
		t.Errorf("cookie %v, want one that ends with the browser", got)
	}
	if page := v.Get("/session"); page.Element("button", "name", "remember", "value", "on") == nil {
		t.Error("the page does not offer to keep the session")
	}
	on := v.Post("/session/remember", "remember", "on").WantRedirect(t, "/session?remember=on")
	if got := on.Cookies(); len(got) != 1 || got[0].MaxAge <= 0 {
		t.Errorf("cookie %v, want one that lasts", got)
	}
	v.Post("/session/remember", "remember", "maybe").Want(t, http.StatusUnprocessableEntity, "Remember is on or off")
}

func TestRenewKeepsTheCartAndKillsTheOldCookie(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	v := s.Visitor(t)
	v.Post("/cart/items", "sku", "mug").Want(t, http.StatusSeeOther)
	old := v.Cookies()[0]
	v.Post("/session/renew").WantRedirect(t, "/session?renewed="+shoptest.HashOf(old.Value)[:12])
	if got := v.Cookies()[0]; got.Value == old.Value || v.CartLines() != "mug 1" {
		t.Errorf("cookie %v as before, or cart %q", got, v.CartLines())
	}
	thief := s.Visitor(t)
	old.Secure, old.Path = true, "/"
	thief.Client.Jar.SetCookies(v.Home(), []*http.Cookie{old})
	if got := thief.CartLines(); got != "" {
		t.Errorf("the old cookie shows the cart %q", got)
	}
}

func TestDestroyForgetsEverything(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	v := s.Visitor(t)
	v.Post("/cart/items", "sku", "mug").Want(t, http.StatusSeeOther)
	gone := v.Post("/session/destroy").WantRedirect(t, "/session?forgotten=1")
	if got := gone.Header.Get("Clear-Site-Data"); got != `"cache", "storage"` {
		t.Errorf("Clear-Site-Data %q", got)
	}
	if got := s.Count(t, "SELECT count(*) FROM sessions"); got != 0 || len(v.Cookies()) != 0 {
		t.Errorf("%d rows and cookies %v, want none", got, v.Cookies())
	}
	v.Get("/session").Want(t, http.StatusOK, "You have no session yet: no row here, no cookie")
}

func TestEveryActionOnTheSessionIsAnswered(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	v := s.Visitor(t)
	step := func(says string, path string, fields ...string) {
		t.Helper()
		to := v.Post(path, fields...).Want(t, http.StatusSeeOther).Header.Get("Location")
		page := v.Get(to).Want(t, http.StatusOK, says)
		if page.Element("div", "id", "said", "autofocus", "") == nil {
			t.Errorf("%s: the focus does not go to the answer", to)
		}
	}
	step(`Stored. The row holds "motto" now`, "/session/values", "key", "motto", "value", "Onward")
	if v.Get("/session?stored=motto").Element("dt", "class", "changed") == nil {
		t.Error("the value that changed is not marked")
	}
	was := shoptest.HashOf(v.Token())[:12]
	step("The row "+was+"… is gone", "/session/renew")
	page, is := v.Get("/session?renewed="+was), shoptest.HashOf(v.Token())[:12]
	if n := strings.Count(page.Body, "<del><code>"+was+"…</code></del> <code>"+is+"…</code>"); n != 2 {
		t.Errorf("%d places show the hash before and after, want the card and the row", n)
	}
	step("Your browser now drops the cookie", "/session/remember", "remember", "off")
	step("Your browser now keeps the cookie", "/session/remember", "remember", "on")
	step(`Deleted. The row no longer holds "motto".`, "/session/values/motto/remove")
	step("Everything is forgotten.", "/session/destroy")
	// A link from elsewhere cannot make the page say what is not so.
	for _, lie := range []string{"?stored=motto", "?renewed=x", "?remember=on", "?stored=<b>"} {
		if v.Get("/session"+lie).Element("div", "id", "said") != nil {
			t.Errorf("%s is believed", lie)
		}
	}
}

func TestTheThemeIsSwitchedOnEveryPage(t *testing.T) {
	t.Parallel()
	v := shoptest.New(t).Visitor(t)
	for from, to := range map[string]string{
		"/?category=kitchen":        "/?category=kitchen",
		"/cart/items/mug":           "/cart",
		"/session":                  "/session?stored=theme",
		"//evil.example/":           "/evil.example",
		"/\\evil.example":           "/%5Cevil.example",
		"":                          "/",
		"https://evil.example/cart": "/session?stored=theme",
	} {
		referer := v.Home().Scheme + "://" + v.Home().Host + from
		if from == "https://evil.example/cart" {
			referer = from
		}
		v.Ask("POST", "/session/values", "key=theme&value=dark", "Referer", referer).WantRedirect(t, to)
	}
	if v.Get("/").Element("button", "value", "dark", "aria-pressed", "true") == nil {
		t.Error("the footer does not say which theme it is")
	}
}
