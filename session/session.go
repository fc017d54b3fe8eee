package session

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/alexedwards/scs/sqlite3store"
	"github.com/alexedwards/scs/v2"
)

var (
	// ErrConflict means that other requests changed the session first, every time
	// that the handler ran. Nothing was stored; answer 503.
	ErrConflict = errors.New("session: changed by another request")
	// ErrEnded means that the session was destroyed, renewed or revoked during the
	// request. Nothing was stored, and no cookie is set, since a late cookie would
	// replace the renewed one in the browser; answer 409.
	ErrEnded = errors.New("session: ended during the request")
	// ErrAmbiguous means that the browser sent different session cookies, of which
	// another site may have planted one. Nothing was stored; answer 409.
	ErrAmbiguous = errors.New("session: several session cookies")
	// ErrNotDeleted means that Destroy could not delete the session's row. The cookie is
	// deleted, this process opens the session no more, and Run deletes the row as soon as
	// the database can be written. After a restart before that, a copy of the cookie would
	// open the session; answer 503.
	ErrNotDeleted = errors.New("session: ended in this process, its row is not deleted yet")
	// ErrBody means that the request's body broke off or came too slowly; answer 400.
	ErrBody = errors.New("session: the request's body could not be read")
	// ErrBusy means that too many requests of this session wait, or that the memory
	// for bodies is taken; answer 503.
	ErrBusy = errors.New("session: too many requests at once")
	// ErrTooLarge means that the value would make the session larger than
	// Options.MaxBytes.
	ErrTooLarge = errors.New("session: too large")
	// ErrReadOnly means that the request cannot change its session: its route is
	// inside Manager.ReadOnly, or its response is on the way.
	ErrReadOnly = errors.New("session: read-only")
)

// LimitError means that Options.Limit refused to begin a session. Nothing was stored;
// answer 429.
type LimitError struct{ RetryAfter time.Duration }

func (e *LimitError) Error() string {
	return fmt.Sprintf("session: too many new sessions, try again in %v", e.RetryAfter)
}

// Options configure a Manager. A zero field means its default.
type Options struct {
	// Engine is the kind of the database. Default SQLite.
	Engine Engine
	// Reader is the pool for statements that only read. Default: the pool that
	// New is given.
	Reader *sql.DB
	// Lifetime is the absolute lifetime of a session; only Login starts a new one. A
	// session whose cookie never came back ends after a week.
	// Default 720 hours, a month. At least a second.
	Lifetime time.Duration
	// IdleTimeout ends a session that was not used for so long. Default 0: off.
	IdleTimeout time.Duration
	// Secure sends the cookie over HTTPS only.
	Secure bool
	// Cookie says what the cookie looks like.
	Cookie Cookie
	// MaxBytes is the largest session, in bytes of JSON. Default 8 KiB.
	MaxBytes int
	// MaxBody returns the largest body of a request, in bytes. The body is read
	// before the route is known. Default: 64 KiB for each.
	MaxBody func(*http.Request) int64
	// BodyMemory bounds the bytes of bodies above 8 KiB that are in memory at once.
	// One client gets a quarter, or one body. Default 64 MiB.
	BodyMemory int64
	// BodyTimeout bounds how long a body takes to arrive, where the server's
	// ResponseWriter can set a deadline. An earlier one of the request's context
	// counts. Default 30 seconds.
	BodyTimeout time.Duration
	// Client names the client that sent a request; the bodies of one client share
	// memory. Behind a proxy, return the address from the proxy's header. Default: the
	// address of the connection, of IPv6 the /64.
	Client func(*http.Request) string
	// Limit is called before a request begins a session, which adds a row. It returns
	// how long the client has to wait, 0 if the session may begin. A request that has to
	// wait is refused with a *LimitError. Default: no limit.
	Limit func(*http.Request) (retryAfter time.Duration)
	// MaxWait bounds how long a request waits in all: for its turn among the requests of
	// one session, and for the database, before the handler and at the commit. The handler
	// does not count. Default 2 seconds; a commit after long waits gets a tenth of it.
	MaxWait time.Duration
	// Cache keeps sessions in memory. Default nil: every request reads its row.
	Cache Cache
	// Log gets the life of sessions: created, renewed, destroyed, expired. It
	// never gets a token. Default slog.Default().
	Log *slog.Logger
	// Observe is called with each Event, after the fact, by the goroutine that
	// caused it: it must not block. Default nil.
	Observe func(Event)
	// Error answers a request that could not be served: with one of this
	// package's errors, an *http.MaxBytesError, or the database's error. The request's
	// body can be read once more, unless it is what failed.
	// Default: a line in the log, plain text and a fitting status.
	Error func(http.ResponseWriter, *http.Request, error)
}

// Manager keeps sessions in the table "sessions". Make one with New.
type Manager struct {
	o       Options
	scs     *scs.SessionManager
	db      *sql.DB
	rows    scs.Store // inserts new rows on SQLite; nil on PostgreSQL
	former  string    // name of the cookie before Options.Cookie.FormerName was set
	gate    gate
	small   budget // memory for bodies
	large   budget
	statsMu sync.Mutex
	stats   Stats
	refused sync.Map // tokens, hashed: see destroyLater
	none    record   // of a request without a session
}

// New returns a Manager on a database that has the tables of SchemaSQLite or
// SchemaPostgres. It returns an error, with the reason, if a table is missing or
// unfit (a table of SQLite that is not STRICT, a trigger or a foreign key on
// sessions), or if an option is impossible. The Manager never closes a pool.
func New(db *sql.DB, o Options) (*Manager, error) {
	m := &Manager{o: o, db: db, scs: scs.New(), gate: gate{turns: make(map[string]*turn)}}
	if o.Engine == SQLite { // no cleanup: its one DELETE holds SQLite's write lock for seconds; see Purge
		m.rows = sqlite3store.NewWithCleanupInterval(db, 0)
	}
	m.setDefaults()
	m.scs.Lifetime, m.scs.HashTokenInStore = m.o.Lifetime, true
	if err := errors.Join(m.checkOptions(), m.setCookie()); err != nil {
		return nil, err
	}
	const patience = 10 * time.Second // at a start
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := m.checkTables(ctx); err != nil {
		return nil, err
	}
	return m, nil
}

func (m *Manager) setDefaults() {
	o := &m.o
	o.Reader = cmp.Or(o.Reader, m.db)
	o.Lifetime = cmp.Or(o.Lifetime, 720*time.Hour)
	o.MaxBytes = cmp.Or(o.MaxBytes, 8<<10)
	o.BodyMemory = cmp.Or(o.BodyMemory, 64<<20)
	o.BodyTimeout = cmp.Or(o.BodyTimeout, 30*time.Second)
	o.MaxWait = cmp.Or(o.MaxWait, 2*time.Second)
	o.Cache = cmp.Or[Cache](o.Cache, Uncached{})
	o.Log = cmp.Or(o.Log, slog.Default())
	if o.MaxBody == nil {
		o.MaxBody = func(*http.Request) int64 { return 64 << 10 }
	}
	if o.Client == nil {
		o.Client = clientNetwork
	}
	if o.Error == nil {
		o.Error = m.plainError
	}
	m.small = budget{max: smallMemory, by: make(map[string]int64)}
	m.large = budget{max: o.BodyMemory, by: make(map[string]int64)}
}

func (m *Manager) checkOptions() error {
	o := m.o
	switch {
	case o.Engine != SQLite && o.Engine != Postgres:
		return fmt.Errorf("session: there is no engine %d", o.Engine)
	case o.Lifetime < time.Second:
		return fmt.Errorf("session: lifetime %v: need at least a second", o.Lifetime)
	case min(o.IdleTimeout, o.MaxWait, o.BodyTimeout) < 0 || min(int64(o.MaxBytes), o.BodyMemory) < 0:
		return errors.New("session: an option is below zero")
	}
	return nil
}

func (m *Manager) plainError(w http.ResponseWriter, r *http.Request, err error) {
	status := http.StatusServiceUnavailable
	_, tooLarge := errors.AsType[*http.MaxBytesError](err)
	limit, limited := errors.AsType[*LimitError](err)
	switch {
	case limited:
		status = http.StatusTooManyRequests
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(limit.RetryAfter.Seconds()))))
	case tooLarge:
		status = http.StatusRequestEntityTooLarge
	case errors.Is(err, ErrEnded), errors.Is(err, ErrAmbiguous):
		status = http.StatusConflict
	case errors.Is(err, ErrBody):
		status = http.StatusBadRequest
	default:
		w.Header().Set("Retry-After", "1")
	}
	m.o.Log.WarnContext(r.Context(), "request refused",
		"method", r.Method, "path", r.URL.Path, "status", status, "error", err)
	http.Error(w, http.StatusText(status), status)
}
