package main

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"trolley/internal/store"
	"trolley/session"
)

func TestUnknownAddressIsAPageWithTheCart(t *testing.T) {
	t.Parallel()
	v := newShop(t).visitor(t)
	v.post("/cart/items", "sku", "mug", "quantity", "7")
	for _, path := range []string{"/nowhere", "/cart/", "/products/", "/products", "/orders/", "/healthz/x"} {
		page := v.get(path).want(t, http.StatusNotFound, "no such page", "7 things")
		if page.element("a", "href", "/") == nil {
			t.Errorf("%s: no way back", path)
		}
	}
	checkError(t, v.getJSON("/nowhere"), http.StatusNotFound)
}

func TestOnlyDeclaredMethods(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	v := s.visitor(t)
	for path, allow := range map[string]string{
		"/": "GET, HEAD", "/products/mug": "GET, HEAD", "/cart": "GET, HEAD", "/cart/items": "POST", "/cart/items/mug": "POST",
		"/checkout": "GET, HEAD, POST", "/session": "GET, HEAD", "/session/destroy": "POST", "/healthz": "GET, HEAD", "/static/app.css": "GET, HEAD",
	} {
		for _, method := range []string{"DELETE", "PUT", "PATCH", "OPTIONS", "PROPFIND"} {
			r := v.send(method, path, asPage, "", "").want(t, http.StatusMethodNotAllowed, "This page cannot do that")
			if got := r.Header.Get("Allow"); got != allow {
				t.Errorf("%s %s: Allow %q, want %q", method, path, got, allow)
			}
		}
	}
	checkError(t, v.send("DELETE", "/cart", asJSON, "", ""), http.StatusMethodNotAllowed)
	for _, path := range []string{"/cart/clear", "/cart/undo", "/session/destroy", "/session/renew"} {
		v.get(path).want(t, http.StatusMethodNotAllowed)
	}
	if got := s.count(t, "SELECT count(*) FROM sessions"); got != 0 {
		t.Errorf("%d sessions, want none", got)
	}
}

func checkError(t *testing.T, r reply, status int) {
	t.Helper()
	r.want(t, status)
	var answer errorJSON
	decode(t, r, &answer)
	if answer.Error.Status != status || answer.Error.Text == "" {
		t.Errorf("%s: %+v, want status %d and a sentence", r.Request.URL, answer.Error, status)
	}
}

func TestErrorsSayWhatToDoAndNothingOfTheInside(t *testing.T) {
	t.Parallel()
	app := newShop(t).application
	secret := errors.New("open /var/lib/shop.db: SELECT token FROM sessions")
	for _, tt := range []struct {
		err    error
		status int
	}{
		{secret, 500},
		{fmt.Errorf("a template: %w", secret), 500},
		{fmt.Errorf("%w: %w", session.ErrBusy, secret), 503},
		{fmt.Errorf("%w: %w", session.ErrConflict, secret), 503},
		{fmt.Errorf("%w: %w", session.ErrEnded, secret), 409},
		{fmt.Errorf("%w: %w", session.ErrTooLarge, secret), 422},
		{fmt.Errorf("%w: %w", store.ErrNotFound, secret), 404},
		{&http.MaxBytesError{Limit: 1}, 413},
		{wrongMediaType(), 415},
		{malformed("Something."), 400},
	} {
		for _, accept := range []string{asPage, asJSON} {
			r := httptest.NewRequest("POST", "/cart/items", nil)
			r.Header.Set("Accept", accept)
			w := httptest.NewRecorder()
			app.refuse(w, r, tt.err)
			if w.Code != tt.status {
				t.Errorf("%v: status %d, want %d", tt.err, w.Code, tt.status)
			}
			if body := w.Body.String(); strings.Contains(body, "SELECT") || strings.Contains(body, "/var") || len(body) < 50 {
				t.Errorf("%v: body %q", tt.err, body)
			}
			if got := w.Header().Get("Retry-After"); (got != "") != (tt.status == 503) {
				t.Errorf("%v: Retry-After %q", tt.err, got)
			}
			if got := w.Header().Get("Cache-Control"); got != "no-store" {
				t.Errorf("%v: Cache-Control %q", tt.err, got)
			}
		}
	}
}

func TestFailureLeavesOnePageAndNoSession(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	v := s.visitor(t)
	s.exec(t, "ALTER TABLE products RENAME TO elsewhere")
	for _, r := range []reply{v.get("/"), v.get("/products/mug"), v.post("/cart/items", "sku", "mug")} {
		r.want(t, http.StatusInternalServerError, "Something broke on our side")
		if strings.Contains(r.body, idPlaceholder) || !requestName.MatchString(r.body) {
			t.Errorf("%s: the page does not name the request", r.Request.URL)
		}
		if strings.Contains(r.body, "elsewhere") || strings.Contains(blank(r.body), "SQL") {
			t.Errorf("%s: the page shows internals", r.Request.URL)
		}
	}
	checkError(t, v.getJSON("/products/mug"), http.StatusInternalServerError)
	v.get("/session").want(t, http.StatusOK)
	s.exec(t, "ALTER TABLE elsewhere RENAME TO products")
	v.get("/").want(t, http.StatusOK, "Enamel mug")
}

func TestPageThatCannotBeRenderedIsAFailure(t *testing.T) {
	t.Parallel()
	app := newShop(t).application
	w := httptest.NewRecorder()
	app.refuse(w, httptest.NewRequest("POST", "/cart/items", nil), unprocessable("quantity", "x").on("cart", page{}))
	if w.Code != http.StatusInternalServerError || !strings.Contains(w.Body.String(), "Something broke") {
		t.Errorf("status %d, body %q", w.Code, w.Body)
	}
}

func TestHealth(t *testing.T) {
	t.Parallel()
	r := newShop(t).visitor(t).get("/healthz").want(t, http.StatusOK)
	if r.body != "ok" || r.Header.Get("Vary") != "" {
		t.Errorf("body %q, Vary %q", r.body, r.Header.Get("Vary"))
	}
}
