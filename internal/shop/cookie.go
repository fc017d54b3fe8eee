package shop

import (
	"net/http"
	"strings"
	"time"

	"trolley/internal/store"
	"trolley/session"
)

// SessionCookie returns what the session's cookie looks like, for session.Options.
// Programs on one host share their cookies, and many have one called "session", as this
// one had: a visitor who still brings that gets the new one.
func SessionCookie() session.Cookie {
	return session.Cookie{Name: "trolley_session", FormerName: "session"}
}

// attribute is a part of the Set-Cookie header and the reason for it.
type attribute struct {
	Name, Value, Why string
}

// cookie explains the session's cookie, and returns its header with dots where
// the token stands: that is the one thing which no page ever shows.
func (app *Shop) cookie(info session.Info, remembered bool) (parts []attribute, line string) {
	const token = "token"
	c := &http.Cookie{Name: app.sessions.CookieName(), Value: token, Path: "/",
		Secure: app.Secure, HttpOnly: true, SameSite: http.SameSiteLaxMode}
	parts = []attribute{
		{c.Name, "…", "43 random characters that only your browser knows. The table holds their SHA-256, so nobody who reads the table, or a backup of it, can use your session."},
		{"Path", "/", "For every page of the shop."},
	}
	if remembered {
		c.Expires = info.Deadline
		expires := c.Expires.UTC().Format(http.TimeFormat)
		parts = append(parts, attribute{"Expires", expires, "Kept when the browser closes, so that your cart is still there. Without this part it ends with the browser."})
	}
	parts = append(parts, attribute{"HttpOnly", "", "No script can read it, not even one of ours."})
	if c.Secure {
		parts = append(parts, attribute{"Secure", "", "Sent over HTTPS only. Together with Path=/ it earns the prefix __Host-, which no neighbouring site can forge."})
	}
	parts = append(parts, attribute{"SameSite", "Lax", "Not sent with forms or pictures of other sites."})
	return parts, "Set-Cookie: " + strings.Replace(c.String(), "="+token, "=…", 1)
}

// isPostgres reports whether the database is PostgreSQL rather than SQLite.
func (app *Shop) isPostgres() bool {
	return app.store.Engine() == store.Postgres
}

// julianDay returns a time as SQLite's julianday() counts it.
func julianDay(t time.Time) float64 {
	const unixEpoch = 2440587.5 // 1970-01-01T00:00:00Z
	return unixEpoch + float64(t.UnixMilli())/float64((24*time.Hour).Milliseconds())
}
