package browser

import (
	"bufio"
	"bytes"
	"database/sql"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	_ "modernc.org/sqlite" // to change the shop's database as its owner does
)

// patience bounds every wait for one thing.
const patience = 20 * time.Second

// server is the program, running on a database file.
type server struct {
	testing.TB
	file      string // the database
	addr      string // host:port, with port 0 until the first start
	url, ops  string // of the shop and of the inspector, without a slash at the end
	log       lockedBuffer
	process   *os.Process
	exited    chan error
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
	t.Cleanup(func() {
		db.Close()
		s.stop(syscall.SIGTERM)
		s.checkLog()
	})
	return s
}

// start starts the program; after the first time, on the port it had before.
func (s *server) start() {
	s.Helper()
	binary, err := program()
	if err != nil {
		s.Fatal(err)
	}
	cmd := exec.Command(binary, "-db", s.file, "-addr", s.addr, "-ops-addr", "127.0.0.1:0")
	cmd.Stderr = &s.log
	out, err := cmd.StdoutPipe()
	if err != nil {
		s.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		s.Fatal(err)
	}
	s.process, s.exited = cmd.Process, make(chan error, 1)
	announced := make(chan []string, 1)
	go func() {
		announced <- readAddresses(out)
		_, _ = io.Copy(io.Discard, out)
		s.exited <- cmd.Wait()
	}()
	s.listen(announced)
}

// listen waits until the program has said where it listens.
func (s *server) listen(announced <-chan []string) {
	s.Helper()
	select {
	case urls := <-announced:
		if len(urls) != 2 {
			s.Fatalf("the server did not start:\n%s", s.log.String())
		}
		s.url, s.ops = urls[0], strings.TrimSuffix(urls[1], "/sessions")
		s.addr = strings.TrimPrefix(s.url, "http://")
	case <-time.After(patience):
		_ = s.process.Kill()
		s.Fatalf("the server said nothing for %v:\n%s", patience, s.log.String())
	}
}

var address = regexp.MustCompile(`http://\S+`)

// readAddresses reads the addresses of the shop and of the inspector.
func readAddresses(r io.Reader) (urls []string) {
	lines := bufio.NewScanner(r)
	for len(urls) < 2 && lines.Scan() {
		urls = append(urls, address.FindAllString(lines.Text(), -1)...)
	}
	return urls
}

// stop ends the program: SIGTERM as an operator does, SIGKILL as a power cut
// does.
func (s *server) stop(sig syscall.Signal) {
	s.Helper()
	if s.process == nil {
		return
	}
	_ = s.process.Signal(sig)
	select {
	case err := <-s.exited:
		if err != nil && sig != syscall.SIGKILL {
			s.Errorf("the server ended with %v:\n%s", err, s.log.String())
		}
	case <-time.After(patience):
		_ = s.process.Kill()
		s.Errorf("the server did not end within %v of %v", patience, sig)
	}
	s.process = nil
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

// checkLog fails the test for what no visitor should cause. That a browser does
// not wait for an answer, because its tab was closed, is nobody's fault.
func (s *server) checkLog() {
	s.Helper()
	for line := range strings.Lines(s.log.String()) {
		if strings.Contains(line, "context canceled") {
			continue
		}
		for _, bad := range []string{"level=ERROR", "level=WARN", "DATA RACE", "panic"} {
			if strings.Contains(line, bad) {
				s.Errorf("the server's log: %s", line)
				break
			}
		}
	}
	if s.Failed() {
		s.Logf("the server's log:\n%s", s.log.String())
	}
}

// lockedBuffer is a buffer for several goroutines.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
