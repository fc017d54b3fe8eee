package session

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alexedwards/scs/sqlite3store"
)

// site is a Manager without a network: each request brings its own handler.
// What its Manager does in the database is on spy; db is another process.
type site struct {
	*Manager
	t   testing.TB
	spy *spy
	db  *sql.DB
	log *logBook
	// failed is what the Manager gave to Options.Error last.
	failed error
}

func newSite(t testing.TB, o Options) *site {
	t.Helper()
	return newSiteOn(t, table(t), 5000, o)
}

// newSiteOn opens an existing database, whose locks it waits for at most busy
// milliseconds.
func newSiteOn(t testing.TB, path string, busy int, o Options) *site {
	t.Helper()
	s := &site{t: t, spy: newSpy(t, path, busy), db: open(t, path), log: &logBook{}}
	o.MaxWait = cmp.Or(o.MaxWait, patience)
	o.Log = slog.New(slog.NewJSONHandler(s.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	o.Error = func(w http.ResponseWriter, r *http.Request, err error) {
		s.failed = err
		s.plainError(w, r, err)
	}
	db := sql.OpenDB(s.spy)
	db.SetMaxOpenConns(4)
	t.Cleanup(func() { db.Close() })
	m, err := New(db, o)
	if err != nil {
		t.Fatal(err)
	}
	s.Manager = m
	s.spy.take() // its checks
	return s
}

func (s *site) get(cookie string, h http.HandlerFunc) answer {
	return ask(s.Handler(h), newRequest("GET", cookie, ""))
}

func (s *site) post(cookie string, h http.HandlerFunc) answer {
	return ask(s.Handler(h), newRequest("POST", cookie, "quantity=1"))
}

// begin starts a session that counts 1 and returns its cookie, which has come back once.
func (s *site) begin() string {
	s.t.Helper()
	cookie := s.beginUnseen()
	for range 100 { // on a busy machine a touch may be left to the next view
		var loaded Info
		s.get(cookie, s.do(func(ctx context.Context) error { loaded = Current(ctx); return nil }))
		if s.o.IdleTimeout > 0 || loaded.Expires.Equal(loaded.Deadline) {
			break
		}
	}
	return cookie
}

func (s *site) beginUnseen() string {
	s.t.Helper()
	a := s.post("", s.put(1))
	if a.status != http.StatusOK || !a.setsCookie() {
		s.t.Fatalf("begin: status %d, cookie %q, error %v", a.status, a.header.Get("Set-Cookie"), s.failed)
	}
	return cookieOf(a)
}

func (s *site) put(n int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := countKey.Put(r.Context(), n); err != nil {
			s.t.Error(err)
		}
		_, _ = io.WriteString(w, "SUCCESS")
	}
}

// count is what the session counts; -1 where it has no such value.
func (s *site) count(cookie string) int {
	n := -1
	s.get(cookie, func(_ http.ResponseWriter, r *http.Request) {
		if got, ok := countKey.Get(r.Context()); ok {
			n = got
		}
	})
	return n
}

// do is a handler that calls f and answers 200.
func (s *site) do(f func(context.Context) error) http.HandlerFunc {
	return func(_ http.ResponseWriter, r *http.Request) {
		if err := f(r.Context()); err != nil {
			s.t.Error(err)
		}
	}
}

func (s *site) exec(query string, args ...any) int64 {
	s.t.Helper()
	result, err := s.db.Exec(query, args...)
	if err != nil {
		s.t.Fatal(err)
	}
	n, err := result.RowsAffected()
	if err != nil {
		s.t.Fatal(err)
	}
	return n
}

func (s *site) rows() int { s.t.Helper(); return rows(s.t, s.db) }

// row is the row of a cookie; ok is false where it has none.
func (s *site) row(cookie string) (r row, ok bool) {
	s.t.Helper()
	r.token = hash(tokenOf(cookie))
	var expiry Expiry
	err := s.db.QueryRow(findSQL, r.token).Scan(&r.data, &expiry)
	if err != nil && err != sql.ErrNoRows {
		s.t.Fatal(err)
	}
	r.expiry = expiry.Time
	return r, err == nil
}

// row is a row of the table.
type row struct {
	token  string
	data   []byte
	expiry time.Time
}

func (r row) holds(data []byte) bool { return bytes.Equal(r.data, data) }

// hash is what the column token holds.
func hash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// lock takes the database's write lock, as another process would.
func lock(t testing.TB, path string) (release func()) {
	t.Helper()
	tx, err := open(t, path).Begin() // BEGIN IMMEDIATE: dsnOptions
	if err != nil {
		t.Fatal(err)
	}
	return func() { _ = tx.Rollback() }
}

func rows(t testing.TB, db *sql.DB) (n int) {
	t.Helper()
	if err := db.QueryRow("SELECT count(*) FROM sessions").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func newRequest(method, cookie, body string) *http.Request {
	r := httptest.NewRequest(method, "http://shop.example/page", strings.NewReader(body))
	if cookie != "" {
		r.Header.Set("Cookie", cookie)
	}
	return r
}

func ask(h http.Handler, r *http.Request) answer {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	result := w.Result()
	return answer{result.StatusCode, w.Body.String(), result.Header}
}

func tokenOf(cookie string) string {
	_, token, _ := strings.Cut(cookie, "=")
	return token
}

// logBook keeps a log of JSON lines.
type logBook struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBook) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

func (l *logBook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// lines are the entries with message msg.
func (l *logBook) lines(t testing.TB, msg string) (found []map[string]any) {
	t.Helper()
	for line := range strings.Lines(l.String()) {
		entry := make(map[string]any)
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Fatal(err)
		}
		if entry["msg"] == msg {
			found = append(found, entry)
		}
	}
	return found
}

// newStockSite is stock scs on the same terms, for the twins.
func newStockSite(t testing.TB, path string, busy int) (stock, *spy) {
	t.Helper()
	s, spy := newStock(t, path), newSpy(t, path, busy)
	db := sql.OpenDB(spy)
	t.Cleanup(func() { db.Close() })
	s.Store = stockStore(db, 0)
	s.ErrorFunc = func(w http.ResponseWriter, _ *http.Request, _ error) { // the default's, without its log
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
	}
	return s, spy
}

func stockStore(db *sql.DB, cleanup time.Duration) *sqlite3store.SQLite3Store {
	return sqlite3store.NewWithCleanupInterval(db, cleanup)
}

// get and post answer one request by h; they differ from site's in nothing.
func (s stock) get(cookie string, h http.HandlerFunc) answer {
	return ask(s.LoadAndSave(h), newRequest("GET", cookie, ""))
}

func (s stock) post(cookie string, h http.HandlerFunc) answer {
	return ask(s.LoadAndSave(h), newRequest("POST", cookie, "quantity=1"))
}

// begin starts a session that counts 1 and returns its cookie.
func (s stock) begin() string {
	return cookieOf(s.post("", func(_ http.ResponseWriter, r *http.Request) { s.Put(r.Context(), "count", 1) }))
}
