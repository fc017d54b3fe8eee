package session

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/gob"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alexedwards/scs/sqlite3store"
	"github.com/alexedwards/scs/v2"
	"modernc.org/sqlite"
)

const dsnOptions = "?_txlock=immediate&_busy_timeout=5000&_journal_mode=WAL&_synchronous=NORMAL&_foreign_keys=1"

// table makes a database with the package's schema and returns its path.
func table(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "sessions.db")
	if _, err := open(t, path).Exec(SchemaSQLite); err != nil {
		t.Fatal(err)
	}
	return path
}

func open(t testing.TB, path string) *sql.DB {
	t.Helper()
	connector, err := sqlite.NewConnector("file:" + path + dsnOptions)
	if err != nil {
		t.Fatal(err)
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(4)
	t.Cleanup(func() { db.Close() })
	return db
}

// sessions is what the same small application needs of stock scs and of this
// package, so that each promise can be seen to fail on the one and hold on the
// other.
type sessions interface {
	wrap(http.Handler) http.Handler
	count(context.Context) int
	setCount(context.Context, int) error
	renew(context.Context) error
	destroy(context.Context) error
}

const countKey Key[int] = "count"

type safe struct{ *Manager }

// patience is the MaxWait of tests that are not about it: no machine is so busy.
const patience = time.Minute

func newSafe(t testing.TB, path string, o Options) safe {
	t.Helper()
	o.MaxWait = patience
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	db := open(t, path)
	m, err := New(db, o)
	if err != nil {
		t.Fatal(err)
	}
	return safe{m}
}

func (s safe) wrap(next http.Handler) http.Handler     { return s.Handler(next) }
func (safe) count(ctx context.Context) int             { n, _ := countKey.Get(ctx); return n }
func (safe) setCount(ctx context.Context, n int) error { return countKey.Put(ctx, n) }
func (safe) renew(ctx context.Context) error           { return Renew(ctx) }
func (safe) destroy(ctx context.Context) error         { return Destroy(ctx) }

type stock struct{ *scs.SessionManager }

func newStock(t testing.TB, path string) stock {
	gob.Register(0)
	s := scs.New()
	s.Store = sqlite3store.NewWithCleanupInterval(open(t, path), 0)
	return stock{s}
}

func (s stock) wrap(next http.Handler) http.Handler       { return s.LoadAndSave(next) }
func (s stock) count(ctx context.Context) int             { return s.GetInt(ctx, "count") }
func (s stock) setCount(ctx context.Context, n int) error { s.Put(ctx, "count", n); return nil }
func (s stock) renew(ctx context.Context) error           { return s.RenewToken(ctx) }
func (s stock) destroy(ctx context.Context) error         { return s.Destroy(ctx) }

// node is one server process of the small application.
type node struct {
	*httptest.Server
	sessions sessions
	arrived  chan struct{} // one value for each POST that has arrived (stock: and loaded)
	mu       sync.Mutex
	held     map[string]hold // by the value of the header Hold
}

// hold stops a handler between reading and changing its session.
type hold struct{ reached, release chan struct{} }

func start(t testing.TB, s sessions) *node {
	t.Helper()
	n := &node{sessions: s, arrived: make(chan struct{}, 1000), held: make(map[string]hold)}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, s.count(r.Context())) })
	mux.HandleFunc("POST /add", n.add)
	mux.HandleFunc("POST /renew", n.do(s.renew))
	mux.HandleFunc("POST /destroy", n.do(s.destroy))
	var h http.Handler = mux
	if _, ok := s.(stock); ok {
		h = s.wrap(n.announce(mux)) // stock scs has loaded by then
	} else {
		h = n.announce(s.wrap(mux))
	}
	n.Server = httptest.NewServer(h)
	t.Cleanup(n.Close)
	return n
}

func (n *node) announce(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			n.arrived <- struct{}{}
		}
		next.ServeHTTP(w, r)
	})
}

// add reads its body, as a form's handler does, and adds one to the count.
func (n *node) add(w http.ResponseWriter, r *http.Request) {
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	count := n.sessions.count(r.Context())
	n.wait(r.Header.Get("Hold"))
	if err := n.sessions.setCount(r.Context(), count+1); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}

// wait stops at a hold once: a handler that runs again passes.
func (n *node) wait(name string) {
	n.mu.Lock()
	h, ok := n.held[name]
	delete(n.held, name)
	n.mu.Unlock()
	if ok {
		close(h.reached)
		<-h.release
	}
}

func (n *node) hold(name string) hold {
	h := hold{make(chan struct{}), make(chan struct{})}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.held[name] = h
	return h
}

func (n *node) do(f func(context.Context) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := f(r.Context()); err != nil {
			http.Error(w, err.Error(), http.StatusConflict)
		}
	}
}

// browser has a cookie jar of its own.
func browser(t testing.TB) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{Jar: jar}
}

type answer struct {
	status int
	body   string
	header http.Header
}

func (a answer) setsCookie() bool { return a.header.Get("Set-Cookie") != "" }

// send answers a request; cookie, where not empty, is sent as it is.
func send(t testing.TB, c *http.Client, method, url, cookie string, header ...string) answer {
	t.Helper()
	r, err := http.NewRequest(method, url, strings.NewReader("quantity=1"))
	if err != nil {
		t.Error(err)
		return answer{}
	}
	if cookie != "" {
		r.Header.Set("Cookie", cookie)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	resp, err := c.Do(r)
	if err != nil {
		t.Error(err)
		return answer{}
	}
	defer resp.Body.Close()
	var b bytes.Buffer
	if _, err := b.ReadFrom(resp.Body); err != nil {
		t.Error(err)
	}
	return answer{resp.StatusCode, b.String(), resp.Header}
}

// begin starts a session with one add and returns its cookie.
func begin(t testing.TB, n *node) string {
	t.Helper()
	a := send(t, http.DefaultClient, http.MethodPost, n.URL+"/add", "")
	cookie, _, _ := strings.Cut(a.header.Get("Set-Cookie"), ";")
	if a.status != http.StatusOK || cookie == "" {
		t.Fatalf("first add: status %d, cookie %q", a.status, cookie)
	}
	return cookie
}

func count(t testing.TB, n *node, cookie string) string {
	t.Helper()
	return send(t, http.DefaultClient, http.MethodGet, n.URL+"/", cookie).body
}

func cookieOf(a answer) string {
	cookie, _, _ := strings.Cut(a.header.Get("Set-Cookie"), ";")
	return cookie
}

func drain(c chan struct{}) {
	for len(c) > 0 {
		<-c
	}
}
