package session

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"
)

// Cookie says what the session's cookie looks like. A zero field means its
// default.
type Cookie struct {
	// Name is the cookie's name. Default "session". Where browsers allow the prefix
	// (Options.Secure, Path "/", no Domain), it is sent with "__Host-" before it,
	// which no neighbouring site can forge (RFC 6265bis, section 4.1.3.2).
	Name string
	// Path is where the cookie is sent. Default "/".
	Path string
	// Domain is the domain whose subdomains get the cookie too. Default: this host alone.
	Domain string
	// SameSite is the cookie's attribute of that name. Default http.SameSiteLaxMode.
	SameSite http.SameSite
	// Persist says whether a new session's cookie outlives the browser; Remember
	// decides for one session. Default true.
	Persist *bool
	// FormerName is the Name before. A cookie of that name is still read, and
	// answered with one of the new name. Drop it after one Lifetime.
	FormerName string
}

// setCookie tells scs what the cookie looks like, and renders it once: scs checks
// neither the name nor the rules of its prefix. A bad one gives an empty header and
// a session that never arrives.
func (m *Manager) setCookie() error {
	o, c := m.o.Cookie, &m.scs.Cookie
	c.Name, c.Path, c.Domain = cmp.Or(o.Name, "session"), cmp.Or(o.Path, "/"), o.Domain
	c.SameSite, c.Secure = cmp.Or(o.SameSite, http.SameSiteLaxMode), m.o.Secure
	c.Persist = o.Persist == nil || *o.Persist
	m.former = o.FormerName
	isHost := c.Secure && c.Path == "/" && c.Domain == ""
	if isHost {
		c.Name, m.former = hostOnly(c.Name), hostOnly(m.former)
	}
	rendered := &http.Cookie{Name: c.Name, Value: "x", Path: c.Path, Domain: c.Domain}
	insecure := !c.Secure && (strings.HasPrefix(c.Name, "__Secure-") || c.SameSite == http.SameSiteNoneMode)
	if rendered.Valid() != nil || insecure || strings.HasPrefix(c.Name, hostPrefix) && !isHost {
		return fmt.Errorf("session: cookie %q breaks the rules of cookies, or of its prefix", c.Name)
	}
	return nil
}

const hostPrefix = "__Host-"

func hostOnly(name string) string {
	if name == "" || strings.HasPrefix(name, "__") {
		return name
	}
	return hostPrefix + name
}

// CookieName returns the name of the session's cookie, with its prefix.
func (m *Manager) CookieName() string { return m.scs.Cookie.Name }

// cookie is the session cookie of a request.
type cookie struct {
	token     string // "" for none, or none that a Manager made
	ambiguous bool   // there were several, and they differ
	former    bool   // it has Options.Cookie.FormerName
}

// cookie returns the request's session cookie. Two different ones mean that
// another site set one of them (cookie tossing): neither counts, and neither is
// replaced or deleted, since the planted one would then be the only one. A malformed
// token never reaches the database.
func (m *Manager) cookie(r *http.Request) cookie {
	cookies, former := r.CookiesNamed(m.CookieName()), false
	if len(cookies) == 0 && m.former != "" {
		cookies, former = r.CookiesNamed(m.former), true
	}
	for _, c := range cookies {
		if c.Value != cookies[0].Value {
			m.o.Log.WarnContext(r.Context(), "several session cookies", "method", r.Method, "path", r.URL.Path)
			return cookie{ambiguous: true}
		}
	}
	if len(cookies) == 0 || !wellFormed(cookies[0].Value) {
		return cookie{}
	}
	return cookie{token: cookies[0].Value, former: former}
}

// tokenLength is that of scs's tokens: 32 random bytes in base64url.
const tokenLength = 43

func wellFormed(token string) bool {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	return len(token) == tokenLength && strings.Trim(token, alphabet) == ""
}

// otherTokens returns the tokens, hashed, of the cookies that do not count: those of
// FormerName beside Name, and ambiguous ones.
func (m *Manager) otherTokens(r *http.Request, used cookie) (hashes []string) {
	for _, c := range append(r.CookiesNamed(m.CookieName()), r.CookiesNamed(m.former)...) {
		if c.Value != used.token && wellFormed(c.Value) {
			hash := sha256.Sum256([]byte(c.Value)) // as scs does
			hashes = append(hashes, base64.RawURLEncoding.EncodeToString(hash[:]))
		}
	}
	return hashes
}

// writeCookie sends the token where the browser lacks it, and deletes the cookie of a
// destroyed session. A cookie of the former name that opens no session here may be another
// program's on this host: it stays.
func (s *session) writeCookie(ctx context.Context, w http.ResponseWriter) {
	former := s.q.cookie.former && s.loaded.token != "" || s.endedOther && s.m.former != ""
	remembered := s.remembers(s.known.values)
	token, deadline := s.token, s.deadline
	switch {
	case token == "" && s.status == scs.Destroyed:
		deadline = time.Time{} // of a commit in a transaction before
	case token == "" && former:
		if r, _, err := s.m.read(ctx, s.loaded.token, s.q.patience); r == nil || err != nil {
			return // it ended meanwhile: the browser may have a newer cookie
		}
		token, deadline = s.q.cookie.token, s.loaded.deadline
	case token == "":
		return
	case s.known.token == s.loaded.token && remembered == s.remembers(s.loaded.values) && !former:
		return // the browser has it
	}
	s.scs.Cookie.Persist = remembered
	s.scs.WriteSessionCookie(ctx, w, token, deadline)
	if former {
		s.scs.Cookie.Name = s.m.former
		s.scs.WriteSessionCookie(ctx, w, "", time.Time{})
	}
}

// Remember says whether the cookie outlives the browser. A new session starts as
// Options.Cookie.Persist says. Remember panics inside Manager.ReadOnly.
func Remember(ctx context.Context, remember bool) {
	if s := current(ctx); s.remembers(s.snapshot()) != remember {
		s.mustSet(rememberKey, &value{json: strconv.AppendBool(nil, remember)})
	}
}

// Remembered reports whether the cookie outlives the browser.
func Remembered(ctx context.Context) bool {
	s := current(ctx)
	return s.remembers(s.snapshot())
}

func (s *session) remembers(vs values) bool {
	if v := vs.get(rememberKey); v != nil {
		return string(v.json) == "true"
	}
	return s.m.scs.Cookie.Persist
}
