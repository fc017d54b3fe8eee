// Package blackbox starts the shop as a process, visits it over HTTP, and reads and
// changes its database from outside, for tests of the whole program.
package blackbox

import (
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"trolley/test/proctest"
)

// Shop is a process that serves.
type Shop struct {
	*proctest.Process
	URL    string
	Ops    string // the inspector's URL
	DB     string
	Client *http.Client // keeps no cookies and follows no redirects
}

// Start starts a shop on a database and free ports, with c's arguments after those.
func Start(t testing.TB, c proctest.Command, db string) *Shop {
	t.Helper()
	c.Args = append([]string{"-addr", "127.0.0.1:0", "-ops-addr", "127.0.0.1:0", "-db", db}, c.Args...)
	s := &Shop{Process: proctest.Start(t, c), DB: db, Client: NewClient(t, nil)}
	s.URL = s.WaitFor(t, proctest.SaysShop)
	s.Ops = s.WaitFor(t, proctest.SaysInspector)
	return s
}

// WantRefusal fails the test unless the program ends by itself with the exit code
// and one line on the standard error, which has each of the parts. It must not have
// said that there is a shop.
func WantRefusal(t testing.TB, p *proctest.Process, code int, says ...string) {
	t.Helper()
	if got := p.Exit(t); got != code {
		t.Errorf("exit code %d, want %d", got, code)
	}
	line := p.Stderr.String()
	if strings.Count(line, "\n") != 1 || !strings.HasPrefix(line, "trolley: ") {
		t.Errorf("want one line that begins with \"trolley: \", got\n%s", line)
	}
	for _, part := range says {
		if !strings.Contains(line, part) {
			t.Errorf("no %q in %s", part, line)
		}
	}
	if out := p.Stdout.String(); out != "" {
		t.Errorf("it also said\n%s", out)
	}
}

// NewDB names a database that does not exist yet.
func NewDB(t testing.TB) string {
	t.Helper()
	return filepath.Join(t.TempDir(), "trolley.db")
}

// Operator returns the cookie of a browser that the inspector lets in.
func (s *Shop) Operator(t testing.TB) (cookie string) {
	t.Helper()
	cookie = "trolley_inspector=an-operator"
	Change(t, s.DB, "INSERT INTO inspector_secrets (hash, expires_at) VALUES ($1, $2) ON CONFLICT DO NOTHING",
		RowToken(cookie), time.Now().AddDate(50, 0, 0).UnixMilli())
	return cookie
}

// Host is the shop's host:port.
func (s *Shop) Host() string {
	_, host, _ := strings.Cut(s.URL, "://")
	return host
}

// Dial opens a connection that lives for a minute at most.
func (s *Shop) Dial(t testing.TB) net.Conn {
	t.Helper()
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", s.Host())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	return conn
}
