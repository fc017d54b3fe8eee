package shop_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"trolley/internal/store"
	"trolley/internal/web"
	"trolley/session"
	"trolley/test/shoptest"
)

func TestUnknownAddressIsAPageWithTheCart(t *testing.T) {
	t.Parallel()
	v := shoptest.New(t).Visitor(t)
	v.Post("/cart/items", "sku", "mug", "quantity", "7")
	for _, path := range []string{"/nowhere", "/cart/", "/products/", "/products", "/orders/", "/healthz/x"} {
		page := v.Get(path).Want(t, http.StatusNotFound, "no such page", "7 things")
		if page.Element("a", "href", "/") == nil {
			t.Errorf("%s: no way back", path)
		}
	}
	checkError(t, v.GetJSON("/nowhere"), http.StatusNotFound)
}

func TestAMissingPageClaimsNothingOfTheFrontPage(t *testing.T) {
	t.Parallel()
	page := shoptest.New(t).Visitor(t).Get("/nowhere").Want(t, http.StatusNotFound, "Search for it, or browse a shelf")
	if strings.Contains(page.Text(), "front page") {
		t.Errorf("the front page has one page of products:\n%s", page.Text())
	}
}

func TestOnlyDeclaredMethods(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	v := s.Visitor(t)
	for path, allow := range map[string]string{
		"/": "GET, HEAD", "/products/mug": "GET, HEAD", "/cart": "GET, HEAD", "/cart/items": "POST", "/cart/items/mug": "POST",
		"/checkout": "GET, HEAD, POST", "/session": "GET, HEAD", "/session/destroy": "POST", "/healthz": "GET, HEAD", "/static/app.css": "GET, HEAD",
	} {
		for _, method := range []string{"DELETE", "PUT", "PATCH", "OPTIONS", "PROPFIND"} {
			r := v.Send(method, path, shoptest.AsPage, "", "").Want(t, http.StatusMethodNotAllowed, "This page cannot do that")
			if got := r.Header.Get("Allow"); got != allow {
				t.Errorf("%s %s: Allow %q, want %q", method, path, got, allow)
			}
		}
	}
	checkError(t, v.Send("DELETE", "/cart", shoptest.AsJSON, "", ""), http.StatusMethodNotAllowed)
	for _, path := range []string{"/cart/clear", "/cart/undo", "/session/destroy", "/session/renew"} {
		v.Get(path).Want(t, http.StatusMethodNotAllowed)
	}
	if got := s.Count(t, "SELECT count(*) FROM sessions"); got != 0 {
		t.Errorf("%d sessions, want none", got)
	}
}

func checkError(t *testing.T, r shoptest.Reply, status int) {
	t.Helper()
	r.Want(t, status)
	var answer web.ErrorJSON
	shoptest.Decode(t, r, &answer)
	if answer.Error.Status != status || answer.Error.Text == "" {
		t.Errorf("%s: %+v, want status %d and a sentence", r.Request.URL, answer.Error, status)
	}
}

func TestErrorsSayWhatToDoAndNothingOfTheInside(t *testing.T) {
	t.Parallel()
	app := shoptest.New(t).Shop
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
		{fmt.Errorf("%w: %w", session.ErrAmbiguous, secret), 409},
		{fmt.Errorf("%w: %w", session.ErrNotDeleted, secret), 503},
		{fmt.Errorf("%w: %w", session.ErrTooLarge, secret), 422},
		{fmt.Errorf("%w: %w", store.ErrNotFound, secret), 404},
		{&http.MaxBytesError{Limit: 1}, 413},
		{web.WrongMediaType(), 415},
		{web.Malformed("Something."), 400},
	} {
		for _, accept := range []string{shoptest.AsPage, shoptest.AsJSON} {
			r := httptest.NewRequest("POST", "/cart/items", nil)
			r.Header.Set("Accept", accept)
			w := httptest.NewRecorder()
			app.Refuse(w, r, tt.err)
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
	s := shoptest.New(t)
	v := s.Visitor(t)
	s.Exec(t, "ALTER TABLE products RENAME TO elsewhere")
	for _, r := range []shoptest.Reply{v.Get("/"), v.Get("/products/mug"), v.Post("/cart/items", "sku", "mug")} {
		r.Want(t, http.StatusInternalServerError, "Something broke on our side", "Try again")
		if !shoptest.RequestName.MatchString(r.Body) {
			t.Errorf("%s: the page does not name the request", r.Request.URL)
		}
		if strings.Contains(r.Body, "elsewhere") || strings.Contains(shoptest.Blank(r.Body), "SQL") {
			t.Errorf("%s: the page shows internals", r.Request.URL)
		}
	}
	checkError(t, v.GetJSON("/products/mug"), http.StatusInternalServerError)
	v.Get("/session").Want(t, http.StatusOK)
	s.Exec(t, "ALTER TABLE elsewhere RENAME TO products")
	v.Get("/").Want(t, http.StatusOK, "Enamel mug")
}

func TestPageThatCannotBeRenderedIsAFailure(t *testing.T) {
	t.Parallel()
	app := shoptest.New(t).Shop
	w := httptest.NewRecorder()
	app.Refuse(w, httptest.NewRequest("POST", "/cart/items", nil), web.Unprocessable("quantity", "x").On("cart", web.Page{}))
	if w.Code != http.StatusInternalServerError || !strings.Contains(w.Body.String(), "Something broke") {
		t.Errorf("status %d, body %q", w.Code, w.Body)
	}
}

func TestHealth(t *testing.T) {
	t.Parallel()
	r := shoptest.New(t).Visitor(t).Get("/healthz").Want(t, http.StatusOK)
	if r.Body != "ok\n" || r.Header.Get("Vary") != "" {
		t.Errorf("body %q, Vary %q", r.Body, r.Header.Get("Vary"))
	}
}
