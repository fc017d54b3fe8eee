package shoptest

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
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

	"trolley/internal/shop"
	"trolley/internal/store"
	"trolley/internal/web"
	"trolley/ui"
)

// The tests in security_*_test.go run the whole chain of handlers, as it is
// served, on a database of their own. Each names the requirements that it keeps.

// Again starts a further server of the same shop, on the same database, with
// the settings of the one that listens for the public. change, where it is not
// nil, alters the settings first.
func (s *Shop) Again(t *testing.T, log *slog.Logger, change func(*Settings)) *Shop {
	t.Helper()
	o := s.Settings
	o.Log = log
	if change != nil {
		change(&o)
	}
	made := assemble(t, s.Store, o)
	made.Server = httptest.NewUnstartedServer(nil)
	made.Server.Config = web.NewServer(made.Handler(), log)
	made.Server.StartTLS()
	t.Cleanup(made.Server.Close)
	return made
}

func NewLogged(t *testing.T, log *slog.Logger, change ...func(*Settings)) *Shop {
	t.Helper()
	o := Settings{Options: shop.Options{Database: sqliteFile(t), Started: time.Now(), CatalogueAge: 1, Secure: true}, Files: ui.Files, Log: log}
	for _, c := range change {
		c(&o)
	}
	s, err := store.Open(t.Context(), o.Database, Discard())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	made := (&Shop{Settings: o, Store: s}).Again(t, log, nil)
	made.Exec(t, Shelves)
	return made
}

// Ask sends a request with a body of a form, where there is one, and with
// headers: names and values in turn, of which one may come twice.
func (v *Visitor) Ask(method, path, body string, headers ...string) Reply {
	v.T.Helper()
	r, err := http.NewRequestWithContext(v.T.Context(), method, v.Shop.Server.URL+path, strings.NewReader(body))
	if path == "*" {
		r, err = http.NewRequestWithContext(v.T.Context(), method, v.Shop.Server.URL, nil)
		r.URL.Opaque = "*"
	}
	if err != nil {
		v.T.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", FormType)
	}
	for i := 0; i < len(headers); i += 2 {
		if headers[i] == "Host" {
			r.Host = headers[i+1]
		}
		r.Header.Add(headers[i], headers[i+1])
	}
	response, err := v.Client.Do(r)
	if err != nil {
		v.T.Fatal(err)
	}
	defer response.Body.Close()
	read, err := io.ReadAll(response.Body)
	if err != nil {
		v.T.Fatal(err)
	}
	return Reply{response, string(read)}
}

// Wire sends text as it stands to the shop and returns the answer, as one to a
// request of the method.
func (s *Shop) Wire(t *testing.T, method, text string) Reply {
	t.Helper()
	conn, err := tls.Dial("tcp", s.Server.Listener.Addr().String(), s.Server.Client().Transport.(*http.Transport).TLSClientConfig)
	if err != nil {
		t.Fatal(err)
	}
	return Wire(t, conn, method, text)
}

func Wire(t *testing.T, conn net.Conn, method, text string) Reply {
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
	return Reply{response, string(body)}
}

// Settle gives a visitor everything that a session can hold, and returns the
// address of the order.
func (v *Visitor) Settle() (order string) {
	v.T.Helper()
	order = v.Order("mug", "peg-1")
	v.Post("/session/values", "key", "username", "value", "Ada").Want(v.T, http.StatusSeeOther)
	v.Post("/session/values", "key", "colour", "value", "blue").Want(v.T, http.StatusSeeOther)
	v.Post("/cart/items", "sku", "mug", "quantity", "2").Want(v.T, http.StatusSeeOther)
	v.Post("/cart/items", "sku", "pencil").Want(v.T, http.StatusSeeOther)
	return order
}

// Token returns what the browser keeps secret.
func (v *Visitor) Token() string {
	v.T.Helper()
	cookies := v.Cookies()
	if len(cookies) != 1 || len(cookies[0].Value) != 43 {
		v.T.Fatalf("cookies %v, want one token", cookies)
	}
	return cookies[0].Value
}

// HashOf returns the token column of the row of a token.
func HashOf(token string) string {
	sum := sha256.Sum256([]byte(token))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// Data returns what the row of a session holds.
func (s *Shop) Data(t *testing.T, token string) (data string) {
	t.Helper()
	row, err := s.Store.FindSession(t.Context(), HashOf(token))
	if err != nil {
		t.Fatal(err)
	}
	return string(row.Data)
}

// Journal is a log that is kept.
type Journal struct {
	mu    sync.Mutex
	lines bytes.Buffer
}

func (j *Journal) Write(b []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.lines.Write(b)
}

func (j *Journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.lines.String()
}

// Entries returns the log, which has one JSON object on every line.
func (j *Journal) Entries(t *testing.T) (entries []map[string]any) {
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

// Through returns what a handler answers that is on no server.
func Through(h http.Handler, method, path string) Reply {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(method, path, nil))
	return Reply{w.Result(), w.Body.String()}
}

func Discard() *slog.Logger { return slog.New(slog.DiscardHandler) }
