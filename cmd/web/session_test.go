package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

func TestSessionPageOfSomebodyUnknown(t *testing.T) {
	t.Parallel()
	v := newShop(t).visitor(t)
	page := v.get("/session").want(t, http.StatusOK, "No row, and no cookie")
	if page.element("form", "action", "/session/destroy") != nil {
		t.Error("the page offers to destroy a session that there is not")
	}
	for _, path := range []string{"/session/renew", "/session/destroy"} {
		v.post(path).wantRedirect(t, "/session")
	}
	v.post("/session/values/colour/remove").wantRedirect(t, "/session")
	if got := v.cookies(); len(got) != 0 {
		t.Errorf("cookies %v, want none", got)
	}
}

func TestSessionPageShowsTheVeryRow(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	v := s.visitor(t)
	v.post("/cart/items", "sku", "mug").want(t, http.StatusSeeOther)
	v.post("/session/values", "key", "colour", "value", `<b>"blue"</b> & more`).wantRedirect(t, "/session")
	var token, data string
	if err := s.store.Read().QueryRow("SELECT token, CAST(data AS TEXT) FROM sessions").Scan(&token, &data); err != nil {
		t.Fatal(err)
	}
	page := v.get("/session").want(t, http.StatusOK, token[:12], onEngine("a Julian day", "UTC"), "__Host-session=…", "Path=/", "HttpOnly", "Secure", "SameSite=Lax",
		onEngine(`sqlite3 -line shop.db "SELECT * FROM sessions WHERE token GLOB '`+token[:12]+`*'"`,
			`psql -x -c "SELECT * FROM sessions WHERE token LIKE '`+strings.ReplaceAll(token[:12], "_", `\_`)+`%'"`))
	if want := strings.Join(strings.Fields(pretty([]byte(data))), " "); !strings.Contains(page.text(), want) {
		t.Errorf("no %s in\n%s", want, page.text())
	}
	cookie := v.cookies()[0].Value
	for _, secret := range []string{cookie, token, token[:16], v.shop.Database} {
		if strings.Contains(page.body, secret) {
			t.Errorf("the page shows %q", secret)
		}
	}
	if page.element("form", "action", "/session/values/cart/remove") != nil {
		t.Error("the page offers to remove what the shop keeps for itself")
	}
}

func TestUsernameGreetsOnEveryPage(t *testing.T) {
	t.Parallel()
	v := newShop(t).visitor(t)
	v.post("/session/values", "key", "username", "value", "Ada <i>").wantRedirect(t, "/session")
	for _, path := range []string{"/", "/products/mug", "/cart", "/session"} {
		v.get(path).want(t, http.StatusOK, "Hello, Ada <i>")
	}
	v.get("/nowhere").want(t, http.StatusNotFound, "Hello, Ada <i>")
	v.post("/session/values/username/remove").wantRedirect(t, "/session")
	if got := v.get("/").text(); strings.Contains(got, "Hello") {
		t.Errorf("still greeted: %s", got)
	}
}

func TestThemeIsLightDarkOrAuto(t *testing.T) {
	t.Parallel()
	v := newShop(t).visitor(t)
	for _, theme := range []string{"dark", "light", "auto"} {
		v.post("/session/values", "key", "theme", "value", theme).wantRedirect(t, "/session")
		if v.get("/").element("html", "data-theme", theme) == nil {
			t.Errorf("the page is not %s", theme)
		}
	}
	for _, theme := range []string{"", "Dark", "blue", "dark "} {
		v.post("/session/values", "key", "theme", "value", theme).want(t, http.StatusUnprocessableEntity, "light, dark or auto")
	}
}

func TestValuesThatAreRefused(t *testing.T) {
	t.Parallel()
	v := newShop(t).visitor(t)
	v.post("/cart/items", "sku", "mug").want(t, http.StatusSeeOther)
	for _, tt := range []struct{ key, value, field, says string }{
		{"", "x", "key", "A key is one word"},
		{"Colour", "x", "key", "A key is one word"},
		{"9lives", "x", "key", "A key is one word"},
		{"a b", "x", "key", "A key is one word"},
		{"a\n", "x", "key", "A key is one word"},
		{"__rememberMe", "off", "key", "A key is one word"},
		{strings.Repeat("k", 33), "x", "key", "A key is one word"},
		{"cart", "{}", "key", `The shop keeps "cart" for itself`},
		{"checkout", "{}", "key", `The shop keeps "checkout" for itself`},
		{"orders", "[]", "key", `The shop keeps "orders" for itself`},
		{"colour", strings.Repeat("é", 201), "value", "at most 200 characters"},
		{"colour", "a\x00b", "value", "plain text on one line"},
		{"colour", "a\nb", "value", "plain text on one line"},
		{"username", "\x1b[31m", "value", "plain text on one line"},
	} {
		page := v.post("/session/values", "key", tt.key, "value", tt.value).want(t, http.StatusUnprocessableEntity, tt.says)
		if got := page.value(t, "id", "key"); got != tt.key && !strings.Contains(tt.key, "\n") {
			t.Errorf("%q: the form shows %q", tt.key, got)
		}
		if got := page.value(t, "id", "value"); got != shownAs(tt.value) && !strings.Contains(tt.value, "\n") {
			t.Errorf("%q: the form shows %q", tt.value, got)
		}
		checkRefusal(t, v.postJSON("/session/values", "key", tt.key, "value", tt.value), tt.field)
	}
	for _, key := range []string{"cart", "checkout", "orders"} {
		v.post("/session/values/"+key+"/remove").want(t, http.StatusUnprocessableEntity, "for itself")
	}
	v.post("/session/values/__rememberMe/remove").want(t, http.StatusNotFound)
	if got := v.cartLines(); got != "mug 1" {
		t.Errorf("cart %q, want mug 1", got)
	}
}

func TestSessionHoldsTwentyFreeValues(t *testing.T) {
	t.Parallel()
	v := newShop(t).visitor(t)
	for i := range maxFreeValues {
		v.post("/session/values", "key", fmt.Sprintf("k%d", i), "value", strings.Repeat("x", 200)).wantRedirect(t, "/session")
	}
	v.post("/session/values", "key", "one-more", "value", "").want(t, http.StatusUnprocessableEntity, "at most 20 values")
	v.post("/session/values", "key", "k0", "value", "changed").wantRedirect(t, "/session")
	v.post("/session/values", "key", "username", "value", "Ada").wantRedirect(t, "/session")
	v.post("/session/values/k1/remove").wantRedirect(t, "/session")
	v.post("/session/values", "key", "one-more", "value", "").wantRedirect(t, "/session")
	v.post("/cart/items", "sku", "mug").want(t, http.StatusSeeOther)
}

func TestFullSessionSaysSoAndKeepsWhatItHas(t *testing.T) {
	t.Parallel()
	v := newShop(t).visitor(t)
	v.post("/cart/items", "sku", "mug").want(t, http.StatusSeeOther)
	wide := strings.Repeat("\U0001F6D2", 200) // 800 bytes
	status := 0
	for i := 0; i < maxFreeValues && status != http.StatusUnprocessableEntity; i++ {
		status = v.post("/session/values", "key", fmt.Sprintf("k%d", i), "value", wide).StatusCode
	}
	if status != http.StatusUnprocessableEntity {
		t.Fatal("a session has no end")
	}
	for i, more := 1, true; more; i++ {
		r := v.post("/cart/items", "sku", fmt.Sprintf("peg-%d", i))
		if more = r.StatusCode == http.StatusSeeOther; !more {
			r.want(t, http.StatusUnprocessableEntity, "Your session is full")
		}
	}
	// The order goes ahead all the same: it makes room.
	v.post("/checkout", v.checkoutForm()...).want(t, http.StatusSeeOther)
}

func TestRememberDecidesWhatOutlivesTheBrowser(t *testing.T) {
	t.Parallel()
	v := newShop(t).visitor(t)
	if got := v.post("/cart/items", "sku", "mug").Cookies(); len(got) != 1 || got[0].MaxAge <= 0 {
		t.Errorf("cookie %v at first, want one that lasts", got)
	}
	off := v.post("/session/remember", "remember", "off").wantRedirect(t, "/session")
	if got := off.Cookies(); len(got) != 1 || got[0].MaxAge != 0 || !got[0].Expires.IsZero() {
		t.Errorf("cookie %v, want one that ends with the browser", got)
	}
	if page := v.get("/session"); page.element("button", "name", "remember", "value", "on") == nil {
		t.Error("the page does not offer to keep the session")
	}
	on := v.post("/session/remember", "remember", "on").wantRedirect(t, "/session")
	if got := on.Cookies(); len(got) != 1 || got[0].MaxAge <= 0 {
		t.Errorf("cookie %v, want one that lasts", got)
	}
	v.post("/session/remember", "remember", "maybe").want(t, http.StatusUnprocessableEntity, "Remember is on or off")
}

func TestRenewKeepsTheCartAndKillsTheOldCookie(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	v := s.visitor(t)
	v.post("/cart/items", "sku", "mug").want(t, http.StatusSeeOther)
	old := v.cookies()[0]
	v.post("/session/renew").wantRedirect(t, "/session")
	if got := v.cookies()[0]; got.Value == old.Value || v.cartLines() != "mug 1" {
		t.Errorf("cookie %v as before, or cart %q", got, v.cartLines())
	}
	thief := s.visitor(t)
	old.Secure, old.Path = true, "/"
	thief.client.Jar.SetCookies(v.home(), []*http.Cookie{old})
	if got := thief.cartLines(); got != "" {
		t.Errorf("the old cookie shows the cart %q", got)
	}
}

func TestDestroyForgetsEverything(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	v := s.visitor(t)
	v.post("/cart/items", "sku", "mug").want(t, http.StatusSeeOther)
	gone := v.post("/session/destroy").wantRedirect(t, "/session")
	if got := gone.Header.Get("Clear-Site-Data"); got != `"cache", "storage"` {
		t.Errorf("Clear-Site-Data %q", got)
	}
	if got := s.count(t, "SELECT count(*) FROM sessions"); got != 0 || len(v.cookies()) != 0 {
		t.Errorf("%d rows and cookies %v, want none", got, v.cookies())
	}
	v.get("/session").want(t, http.StatusOK, "No row, and no cookie")
}
