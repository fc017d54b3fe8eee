package inspector

import (
	"errors"
	"net"
	"net/http"
	"slices"
	"strings"

	"trolley/internal/store"
	"trolley/internal/web"
)

// secretCookie holds the secret that lets a browser in.
const secretCookie = "trolley_inspector"

// EntryPath returns the address, without its host, that lets a browser in.
func EntryPath(secret string) string { return "/enter?secret=" + secret }

// gate asks for the secret on every path but those of monitoring and of static files.
// Only the shop's own user reaches a Unix socket: its mode is the gate.
func (ins *Inspector) gate(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if ins.Open || isOpen(r) {
			next.ServeHTTP(w, r)
			return
		}
		cookie, err := r.Cookie(secretCookie)
		if err == nil {
			err = ins.letIn(r, cookie.Value)
		} else {
			err = errNoSecret
		}
		if err != nil {
			ins.backOffice(func(http.ResponseWriter, *http.Request) error { return err }).ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func isOpen(r *http.Request) bool {
	at, _ := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	return at != nil && at.Network() == "unix" || strings.HasPrefix(r.URL.Path, "/static/") ||
		slices.Contains([]string{"/readyz", "/metrics", "/enter"}, r.URL.Path)
}

var errNoSecret = &web.Problem{Status: http.StatusForbidden, Heading: "This page asks for a link", Cause: errors.New("no secret of the inspector"),
	Text: "It shows people's data. The command trolley-admin inspector, on the machine of the shop, prints a link that lets this browser in for 30 days."}

// letIn returns nil for a secret that lets a browser in.
func (ins *Inspector) letIn(r *http.Request, secret string) error {
	known, err := ins.store.IsSecret(r.Context(), secret)
	if err == nil && !known {
		return errNoSecret
	}
	return err
}

// enter answers GET /enter, the link that the program prints: the secret becomes a cookie.
func (ins *Inspector) enter(w http.ResponseWriter, r *http.Request) error {
	secret := r.URL.Query().Get("secret")
	if err := ins.letIn(r, secret); err != nil {
		return err
	}
	http.SetCookie(w, &http.Cookie{Name: secretCookie, Value: secret, Path: "/", MaxAge: int(store.SecretLife.Seconds()),
		HttpOnly: true, SameSite: http.SameSiteStrictMode})
	return web.SeeOther(w, "/sessions")
}
