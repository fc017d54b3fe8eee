package faults

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"trolley/test/proctest"
)

// dial opens a connection to the shop.
func (s *shop) dial(t testing.TB) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(proctest.Patience)); err != nil {
		t.Fatal(err)
	}
	return conn
}

// raw is a POST as it goes over the connection.
func (s *shop) raw(path, cookie string, fields url.Values) string {
	body := fields.Encode()
	return fmt.Sprintf("POST %s HTTP/1.1\r\nHost: %s\r\nCookie: %s\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%s",
		path, strings.TrimPrefix(s.url, "http://"), cookie, len(body), body)
}

// holdAdd sends an add but for the last character of its body, which finish
// sends. It returns the status of the answer.
func (s *shop) holdAdd(t testing.TB, cookie string) (finish func() (status int)) {
	t.Helper()
	conn := s.dial(t)
	text := s.raw("/cart/items", cookie, form("sku", "thing-48", "quantity", "1"))
	last := len(text) - 1
	write := func(part string) {
		if _, err := conn.Write([]byte(part)); err != nil {
			t.Error(err)
		}
	}
	write(text[:last])
	return func() int {
		write(text[last:])
		response, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Error(err)
			return 0
		}
		defer response.Body.Close()
		return response.StatusCode
	}
}
