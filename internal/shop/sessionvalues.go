package shop

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"trolley/internal/account"
	"trolley/internal/cart"
	"trolley/internal/web"
	"trolley/session"
)

// setValue answers POST /session/values.
func (app *Shop) setValue(w http.ResponseWriter, r *http.Request, f url.Values) error {
	ctx, typed := r.Context(), valueForm{Key: f.Get("key"), Value: f.Get("value")}
	if sentence := checkKey(ctx, typed.Key); sentence != "" {
		return app.sessionProblem(r, typed, "key", sentence)
	}
	if sentence := checkValue(typed.Key, typed.Value); sentence != "" {
		return app.sessionProblem(r, typed, "value", sentence)
	}
	err := session.Key[string](typed.Key).Put(ctx, typed.Value)
	if errors.Is(err, session.ErrTooLarge) {
		return app.sessionProblem(r, typed, "value", "Your session is full. Remove a value first, or make this one shorter.")
	}
	if err != nil {
		return err
	}
	if typed.Key == string(themeKey) {
		return web.SeeOther(w, cameFrom(r))
	}
	return answerSession(w, "stored", typed.Key)
}

// answerSession goes to the session's page, which says what was done. It says nothing
// that the session does not bear out.
func answerSession(w http.ResponseWriter, done, what string) error {
	return web.SeeOther(w, web.Address("/session", url.Values{done: {what}}))
}

// cameFrom returns the page of ours on which the theme was switched.
func cameFrom(r *http.Request) string {
	from, err := url.Parse(r.Referer())
	if err != nil || from.Host != r.Host || strings.HasPrefix(from.Path, "/session") {
		return "/session?stored=theme"
	}
	if strings.HasPrefix(from.Path, "/cart/") { // shown as the answer to a form
		return "/cart"
	}
	return (&url.URL{Path: path.Clean("/" + from.Path), RawQuery: from.Query().Encode()}).String()
}

// checkKey returns what is wrong with a key, "" for nothing.
func checkKey(ctx context.Context, key string) string {
	switch {
	case isReserved(key):
		return fmt.Sprintf("The shop itself uses %q. Choose another key.", key)
	case !freeKey.MatchString(key):
		return "A key is one word of at most 32 characters: a lower-case letter first, then lower-case letters, digits, - or _."
	case isFull(ctx, key):
		return fmt.Sprintf("A session holds at most %d values of your own. Remove one first.", maxFreeValues)
	}
	return ""
}

// isFull reports whether there is no room for one more free value named key.
func isFull(ctx context.Context, key string) bool {
	free := slices.DeleteFunc(session.Values(ctx), func(v session.Value) bool { return isReserved(v.Key) || isSetting(v.Key) })
	known := slices.ContainsFunc(free, func(v session.Value) bool { return v.Key == key })
	return !known && !isSetting(key) && len(free) >= maxFreeValues
}

// isRemovable reports a key that the visitor may delete.
func isRemovable(key string) bool { return !isReserved(key) || key == string(viewedKey) }

// isSetting reports a key that the visitor sets and the shop acts upon.
func isSetting(key string) bool {
	return key == string(usernameKey) || key == string(themeKey)
}

// checkValue returns what is wrong with the value of a key, "" for nothing.
func checkValue(key, value string) string {
	switch {
	case utf8.RuneCountInString(value) > maxValueLength:
		return fmt.Sprintf("A value has at most %d characters.", maxValueLength)
	case !cart.IsLine(value) || value != cart.PlainText(value):
		return "A value is plain text on one line, without invisible characters."
	case key == string(themeKey) && value != web.ThemeAuto && value != web.ThemeLight && value != web.ThemeDark:
		return "The theme is light, dark or auto."
	}
	return ""
}

// removeValue answers POST /session/values/{key}/remove. To remove what is not
// there is no mistake.
func (app *Shop) removeValue(w http.ResponseWriter, r *http.Request, _ url.Values) error {
	key := r.PathValue("key")
	switch {
	case !isRemovable(key):
		sentence := fmt.Sprintf("The shop itself uses %q and changes it with its own buttons. It was not removed.", key)
		return app.sessionProblem(r, valueForm{}, "key", sentence)
	case !freeKey.MatchString(key):
		return web.NotFound("value")
	}
	session.Key[string](key).Remove(r.Context())
	return answerSession(w, "deleted", key)
}

// remember answers POST /session/remember.
func (app *Shop) remember(w http.ResponseWriter, r *http.Request, f url.Values) error {
	choice := f.Get("remember")
	if choice != "on" && choice != "off" {
		return web.Unprocessable("remember", "Remember is on or off. Use one of the buttons on the page of your session.")
	}
	session.Remember(r.Context(), choice == "on")
	return answerSession(w, "remember", choice)
}

// renew answers POST /session/renew.
func (app *Shop) renew(w http.ResponseWriter, r *http.Request, _ url.Values) error {
	ctx := r.Context()
	was, renew := session.Current(ctx).ID, session.Renew
	if m := account.Current(ctx); m != nil { // so that the list of devices has the new token
		renew = func(ctx context.Context) error { return app.Accounts.Renew(ctx, m) }
	}
	if err := renew(ctx); err != nil {
		return err
	}
	return answerSession(w, "renewed", was)
}

// destroy answers POST /session/destroy.
func (app *Shop) destroy(w http.ResponseWriter, r *http.Request, _ url.Values) error {
	return app.forget(w, r, "/session?forgotten=1")
}

// forget ends the session and goes to a page.
func (app *Shop) forget(w http.ResponseWriter, r *http.Request, to string) error {
	if err := session.Destroy(r.Context()); err != nil {
		return err
	}
	app.clearSiteData(w)
	return web.SeeOther(w, to)
}

// clearSiteData has what this visitor saw leave the browser (ASVS 5.0, 14.3.1). Browsers
// heed it over HTTPS only.
func (app *Shop) clearSiteData(w http.ResponseWriter) {
	if app.Secure {
		w.Header().Set("Clear-Site-Data", `"cache", "storage"`)
	}
}
