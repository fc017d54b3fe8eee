package main

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"html/template"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"trolley/internal/store"
	"trolley/session"
	"trolley/ui"
)

// The tests in security_*_test.go run the whole chain of handlers, as it is
// served, on a database of their own. Each names the requirements that it keeps.

// again starts a further server of the same shop, on the same database, with
// the settings of the one that listens for the public. change, where it is not
// nil, alters the application first.
func (s *shop) again(t *testing.T, log *slog.Logger, change func(*application)) *shop {
	t.Helper()
	app, err := newApplication(s.options, s.store, ui.Files, log)
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(app)
	}
	server := httptest.NewUnstartedServer(nil)
	server.Config = newServer(app.shop(config{secureCookies: "on"}), log)
	server.StartTLS()
	t.Cleanup(server.Close)
	return &shop{app, server}
}

// newGuarded starts a shop as it is served, and keeps its log.
func newGuarded(t *testing.T) (*shop, *journal) {
	t.Helper()
	log := &journal{}
	return newLogged(t, newLogger("json", log)), log
}

func newLogged(t *testing.T, log *slog.Logger) *shop {
	t.Helper()
	o := options{Database: sqliteFile(t), Started: time.Now(), CatalogueAge: 1, Sessions: session.Options{Secure: true}}
	s, err := store.Open(t.Context(), o.Database, discard())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	made := (&shop{application: &application{options: o, store: s}}).again(t, log, nil)
	made.exec(t, shelves)
	return made
}

// panicking starts a further server, whose handlers panic as soon as they ask
// for a product or an order.
func (s *shop) panicking(t *testing.T, log *slog.Logger) *shop {
	t.Helper()
	return s.again(t, log, func(app *application) { app.store, app.showcase = nil, nil })
}

// tearing starts a further server, whose page name fails halfway.
func (s *shop) tearing(t *testing.T, log *slog.Logger, name string) *shop {
	t.Helper()
	half := template.Must(template.New("base").Parse(`<p>half a page</p>{{define "to-cart"}}{{end}}{{define "main"}}<p>half a page</p>{{.NoSuchField}}{{end}}`))
	return s.again(t, log, func(app *application) { app.templates.pages[name] = half })
}

// ask sends a request with a body of a form, where there is one, and with
// headers: names and values in turn, of which one may come twice.
func (v *visitor) ask(method, path, body string, headers ...string) reply {
	v.t.Helper()
	r, err := http.NewRequestWithContext(v.t.Context(), method, v.shop.server.URL+path, strings.NewReader(body))
	if path == "*" {
		r, err = http.NewRequestWithContext(v.t.Context(), method, v.shop.server.URL, nil)
		r.URL.Opaque = "*"
	}
	if err != nil {
		v.t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", formType)
	}
	for i := 0; i < len(headers); i += 2 {
		if headers[i] == "Host" {
			r.Host = headers[i+1]
		}
		r.Header.Add(headers[i], headers[i+1])
	}
	response, err := v.client.Do(r)
	if err != nil {
		v.t.Fatal(err)
	}
	defer response.Body.Close()
	read, err := io.ReadAll(response.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return reply{response, string(read)}
}

// wire sends text as it stands to the shop and returns the answer, as one to a
// request of the method.
func (s *shop) wire(t *testing.T, method, text string) reply {
	t.Helper()
	conn, err := tls.Dial("tcp", s.server.Listener.Addr().String(), s.server.Client().Transport.(*http.Transport).TLSClientConfig)
	if err != nil {
		t.Fatal(err)
	}
	return wire(t, conn, method, text)
}

func wire(t *testing.T, conn net.Conn, method, text string) reply {
	t.Helper()
	defer conn.Close()
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method, URL: &url.URL{Path: text}})
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply{response, string(body)}
}

// settle gives a visitor everything that a session can hold, and returns the
// address of the order.
func (v *visitor) settle() (order string) {
	v.t.Helper()
	order = v.order("mug", "peg-1")
	v.post("/session/values", "key", "username", "value", "Ada").want(v.t, http.StatusSeeOther)
	v.post("/session/values", "key", "colour", "value", "blue").want(v.t, http.StatusSeeOther)
	v.post("/cart/items", "sku", "mug", "quantity", "2").want(v.t, http.StatusSeeOther)
	v.post("/cart/items", "sku", "pencil").want(v.t, http.StatusSeeOther)
	return order
}

// token returns what the browser keeps secret.
func (v *visitor) token() string {
	v.t.Helper()
	cookies := v.cookies()
	if len(cookies) != 1 || len(cookies[0].Value) != 43 {
		v.t.Fatalf("cookies %v, want one token", cookies)
	}
	return cookies[0].Value
}

// hashOf returns the token column of the row of a token.
func hashOf(token string) string {
	sum := sha256.Sum256([]byte(token))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// plant stores a session behind the shop's back and returns its Cookie header.
func (s *shop) plant(t *testing.T, token, data string) (cookie string) {
	t.Helper()
	s.exec(t, "INSERT INTO sessions (token, data, expiry) VALUES ($1, $2, $3)", hashOf(token), []byte(data), s.tomorrow())
	return s.sessions.CookieName() + "=" + token
}

// data returns what the row of a session holds.
func (s *shop) data(t *testing.T, token string) (data string) {
	t.Helper()
	row, err := s.store.SessionRow(t.Context(), hashOf(token))
	if err != nil {
		t.Fatal(err)
	}
	return string(row.Data)
}

// watch returns a function that tells whether anything was written to the
// database since: SQLite counts the commits that a connection did not make.
func (s *shop) watch(t *testing.T) (changed func() bool) {
	t.Helper()
	aboutSQLite(t)
	conn, err := s.store.Read().Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	version := func() (n int) {
		if err := conn.QueryRowContext(t.Context(), "PRAGMA data_version").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	before := version()
	return func() bool { return version() != before }
}

// stopWrites makes every write fail, as on a file system that went read-only.
func (s *shop) stopWrites(t *testing.T) (resume func()) {
	t.Helper()
	s.exec(t, "PRAGMA query_only = 1")
	return func() { s.exec(t, "PRAGMA query_only = 0") }
}

// journal is a log that is kept.
type journal struct {
	mu    sync.Mutex
	lines bytes.Buffer
}

func (j *journal) Write(b []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.lines.Write(b)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.lines.String()
}

// entries returns the log, which has one JSON object on every line.
func (j *journal) entries(t *testing.T) (entries []map[string]any) {
	t.Helper()
	for line := range strings.Lines(j.String()) {
		var e map[string]any
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("a line of the log is no JSON object: %v in %q", err, line)
		}
		entries = append(entries, e)
	}
	return entries
}

// through returns what a handler answers that is on no server.
func through(h http.Handler, method, path string) reply {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(method, path, nil))
	return reply{w.Result(), w.Body.String()}
}

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }
