package browser

import (
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"io"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"trolley/test/proctest"

	_ "modernc.org/sqlite" // to change the shop's database as its owner does
)

// patience bounds every wait for one thing.
const patience = time.Minute

// server is the program, running on a database file.
type server struct {
	testing.TB
	file      string // the database
	addr      string // host:port, with port 0 until the first start
	url, ops  string // of the shop and of the inspector, without a slash at the end
	process   *proctest.Process
	connected *sql.DB
}

// openShop starts a server on a new database. It stops when the test ends.
func openShop(t testing.TB) *server {
	t.Helper()
	s := &server{TB: t, file: filepath.Join(t.TempDir(), "shop.db"), addr: "127.0.0.1:0"}
	s.start()
	db, err := sql.Open("sqlite", "file:"+s.file+"?_pragma=busy_timeout(10000)")
	if err != nil {
		t.Fatal(err)
	}
	s.connected = db
	t.Cleanup(func() { db.Close() })
	return s
}

// start starts the program; after the first time, on the port it had before.
func (s *server) start() {
	s.Helper()
	args := []string{"-db", s.file, "-addr", s.addr, "-ops-addr", "127.0.0.1:0"}
	s.process = proctest.Start(s.TB, proctest.Command{Build: proctest.Trolley, Args: args})
	s.Cleanup(func() { s.stop(syscall.SIGTERM) })
	s.url, s.ops = s.process.WaitFor(s.TB, proctest.SaysShop), s.process.WaitFor(s.TB, proctest.SaysInspector)
	s.addr = strings.TrimPrefix(s.url, "http://")
}

// stop ends the program: SIGTERM as an operator does, SIGKILL as a power cut
// does.
func (s *server) stop(sig syscall.Signal) {
	s.Helper()
	if s.process == nil {
		return
	}
	s.process.Signal(s.TB, sig)
	if code := s.process.Exit(s.TB); code != 0 && sig != syscall.SIGKILL {
		s.Errorf("the server ended with %d", code)
	}
	s.checkLog(s.process.Stderr.String())
	s.process = nil
}

// enterInspector lets the browser of a tab into the inspector.
func (p *tab) enterInspector() {
	p.Helper()
	const secret = "an-operator"
	hash := sha256.Sum256([]byte(secret))
	p.server.exec("INSERT INTO inspector_secrets (hash, expires_at) VALUES (?, ?) ON CONFLICT DO NOTHING",
		base64.RawURLEncoding.EncodeToString(hash[:]), time.Now().Add(time.Hour).UnixMilli())
	p.navigate(p.server.ops + "/enter?secret=" + secret)
	p.until(settled)
}

// exec changes the database while the program runs, as its owner may.
func (s *server) exec(query string, args ...any) {
	s.Helper()
	if _, err := s.connected.ExecContext(s.Context(), query, args...); err != nil {
		s.Fatal(err)
	}
}

// value returns the only value that a query selects, as text.
func (s *server) value(query string, args ...any) (v string) {
	s.Helper()
	if err := s.connected.QueryRowContext(s.Context(), query, args...).Scan(&v); err != nil {
		s.Fatalf("%s: %v", query, err)
	}
	return v
}

// await waits until a page of the shop holds a text, for anybody: that is how
// long a change of the database may take to show.
func (s *server) await(path, text string) {
	s.Helper()
	for end := time.Now().Add(patience); ; {
		if strings.Contains(s.get(path), text) {
			return
		}
		if time.Now().After(end) {
			s.Fatalf("%s does not show %q", path, text)
		}
		<-time.After(pollPause)
	}
}

func (s *server) get(path string) string {
	s.Helper()
	r, err := http.Get(s.url + path)
	if err != nil {
		s.Fatal(err)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		s.Fatal(err)
	}
	return string(body)
}

var harmless = regexp.MustCompile("context canceled|session not touched|database created")

// checkLog fails the test for what no visitor should cause. A closed tab does not wait for
// its answer, a busy machine moves an expiry later, and the database is new.
func (s *server) checkLog(log string) {
	s.Helper()
	for line := range strings.Lines(log) {
		if harmless.MatchString(line) {
			continue
		}
		if strings.Contains(line, "level=ERROR") || strings.Contains(line, "level=WARN") {
			s.Errorf("the server's log: %s", line)
		}
	}
}
