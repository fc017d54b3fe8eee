package session

import (
	"cmp"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"
)

var (
	// ErrConflict: another request changed the session first, every time that
	// this one was run again. Answer 503; nothing was stored.
	ErrConflict = errors.New("session: changed by another request")
	// ErrEnded: the session was destroyed or renewed while the request was
	// under way. Answer 409; nothing was stored and no cookie is set, since a
	// late cookie would replace the renewed one in the browser.
	ErrEnded = errors.New("session: ended while the request was under way")
	// ErrBody: the request's body broke off or came too slowly. Answer 400.
	ErrBody = errors.New("session: the request's body could not be read")
	// ErrBusy: too many requests of this one session wait, or too many large bodies
	// are on their way. Answer 503.
	ErrBusy = errors.New("session: too many requests at once")
	// ErrTooLarge: the value would make the session larger than Options.MaxBytes.
	ErrTooLarge = errors.New("session: too large")
)

// Options of a Manager. The zero value of each field means its default.
type Options struct {
	// Lifetime is the absolute lifetime of a session; nothing extends it.
	// Default 720 hours, a month.
	Lifetime time.Duration
	// IdleTimeout ends a session that is not used for so long. Default 0: off.
	IdleTimeout time.Duration
	// Secure sends the cookie over HTTPS only, as "__Host-session" instead of
	// "session": a name that browsers accept only with Secure, Path=/ and no
	// Domain (RFC 6265bis, section 4.1.3.2).
	Secure bool
	// MaxBody is the largest request body, in bytes. Default 64 KiB.
	MaxBody int64
	// MaxBytes is the largest session, in bytes of JSON. Default 8 KiB.
	MaxBytes int
	// Engine is the kind of the database. Default SQLite.
	Engine Engine
	// MaxWait bounds the wait for the turn among requests of one session, and
	// each statement on the sessions table. Default 2 seconds.
	MaxWait time.Duration
	// PurgeInterval is the pause between two purges of expired rows. Default 1 minute.
	PurgeInterval time.Duration
	// Stamp, where the database can tell, has sessions kept in memory as well.
	// Stamps of one token that are equal mean that its row did not change between
	// the two calls, whoever could have changed it; each change of the row adds 1,
	// or makes it any other stamp that was not there before. It is false while
	// nothing can be said. Default nil: every request reads the row.
	Stamp func(token string) (stamp uint64, ok bool)
	// Log gets the life of sessions: created, renewed, destroyed, expired.
	// It never gets a token. Default slog.Default().
	Log *slog.Logger
	// Observe is told what became of sessions, after the fact, by the goroutine
	// that did it: it must not block. Default nil: nobody is told, at no cost.
	Observe func(Event)
	// Error answers a request that could not be served: with one of this
	// package's errors, an *http.MaxBytesError, or the database's error.
	// Default: plain text and a fitting status.
	Error func(http.ResponseWriter, *http.Request, error)
}

// Manager keeps sessions in the table "sessions". Make one with New.
type Manager struct {
	Options
	scs   *scs.SessionManager
	store *store
	gate  gate
	large chan struct{} // holds a value for each large body in memory
	stats counters
}

// New returns a Manager on a database that has the tables of schema.sql, or of
// schema_postgres.sql where Options.Engine is Postgres. Writes go to write, reads
// to read; both may be one pool. Neither is closed by the Manager.
func New(write, read *sql.DB, o Options) (*Manager, error) {
	m := &Manager{Options: withDefaults(o), large: make(chan struct{}, maxLargeBodies)}
	if _, ok := dialects[m.Engine]; !ok {
		return nil, fmt.Errorf("session: there is no engine %d", m.Engine)
	}
	m.store = newStore(m, write, read)
	m.scs = scs.New()
	m.scs.Store = m.store
	m.scs.Codec = codec{}
	m.scs.Lifetime = m.Lifetime
	m.scs.HashTokenInStore = true
	m.scs.Cookie.Name = "session"
	m.scs.Cookie.Persist = false // rememberKey decides, for each session
	if m.Secure {
		m.scs.Cookie.Name = "__Host-session"
		m.scs.Cookie.Secure = true
	}
	return m, m.checkCookie()
}

func withDefaults(o Options) Options {
	o.Lifetime = cmp.Or(o.Lifetime, 720*time.Hour)
	o.MaxBody = cmp.Or(o.MaxBody, 64<<10)
	o.MaxBytes = cmp.Or(o.MaxBytes, 8<<10)
	o.MaxWait = cmp.Or(o.MaxWait, 2*time.Second)
	o.PurgeInterval = cmp.Or(o.PurgeInterval, time.Minute)
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Error == nil {
		o.Error = plainError
	}
	return o
}

// checkCookie renders a cookie once. scs checks neither the name nor the rules
// of the __Host- prefix: a bad one gives an empty header and a session that
// never arrives.
func (m *Manager) checkCookie() error {
	if m.Lifetime < time.Second || min(m.IdleTimeout, m.MaxWait, m.PurgeInterval) < 0 || m.MaxBody < 0 || m.MaxBytes < 0 {
		return fmt.Errorf("session: lifetime %v: need at least a second, and no option below zero", m.Lifetime)
	}
	c := m.scs.Cookie
	rendered := (&http.Cookie{Name: c.Name, Value: "x", Path: c.Path, Domain: c.Domain, Secure: c.Secure}).String()
	host := strings.HasPrefix(c.Name, "__Host-")
	if rendered == "" || host && (!c.Secure || c.Path != "/" || c.Domain != "") {
		return fmt.Errorf("session: cookie %q breaks the rules of its name", c.Name)
	}
	return nil
}

// CookieName is "session", or "__Host-session" where Options.Secure is set.
func (m *Manager) CookieName() string { return m.scs.Cookie.Name }

func plainError(w http.ResponseWriter, _ *http.Request, err error) {
	var tooLarge *http.MaxBytesError
	status := http.StatusServiceUnavailable
	switch {
	case errors.As(err, &tooLarge):
		status = http.StatusRequestEntityTooLarge
	case errors.Is(err, ErrEnded):
		status = http.StatusConflict
	case errors.Is(err, ErrBody):
		status = http.StatusBadRequest
	default:
		w.Header().Set("Retry-After", "1")
	}
	http.Error(w, http.StatusText(status), status)
}
