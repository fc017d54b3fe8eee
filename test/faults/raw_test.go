package faults

import (
	"bufio"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"trolley/test/blackbox"
)

// raw is a POST as it goes over the connection.
func (s *shop) raw(path, cookie string, fields url.Values) string {
	body := fields.Encode()
	return fmt.Sprintf("POST %s HTTP/1.1\r\nHost: %s\r\nCookie: %s\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%s",
		path, strings.TrimPrefix(s.URL, "http://"), cookie, len(body), body)
}

// holdAdd sends an add but for the last character of its body, which finish
// sends. It returns the status of the answer.
func (s *shop) holdAdd(t testing.TB, cookie string) (finish func() (status int)) {
	t.Helper()
	conn := s.Dial(t)
	text := s.raw("/cart/items", cookie, blackbox.Form("sku", "thing-48", "quantity", "1"))
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
