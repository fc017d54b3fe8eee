package e2e

import (
	"errors"
	"io"
	"net"
	"os"
	"regexp"
	"testing"
)

// raw sends bytes that no client of net/http would send, and returns all that
// comes back until the shop closes the connection.
func (s *shop) raw(t testing.TB, text string) string {
	t.Helper()
	conn := s.Dial(t)
	// The shop may answer, and close, before it has read it all.
	go func() { _, _ = io.WriteString(conn, text) }()
	return readAll(t, conn)
}

// readAll reads until the shop closes the connection. A reset closes it too:
// that is what is left of a connection whose last bytes nobody read.
func readAll(t testing.TB, conn net.Conn) string {
	t.Helper()
	all, err := io.ReadAll(conn)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the shop keeps the connection open after %q", all)
	}
	return string(all)
}

var statusLine = regexp.MustCompile(`(?m)^HTTP/1\.[01] (\d{3}) `)

// statuses returns those of the answers in what a connection brought.
func statuses(answers string) (all []string) {
	for _, m := range statusLine.FindAllStringSubmatch(answers, -1) {
		all = append(all, m[1])
	}
	return all
}
