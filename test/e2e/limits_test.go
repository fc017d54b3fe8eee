package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"trolley/test/blackbox"
)

const (
	aForm   = "Content-Type: application/x-www-form-urlencoded\r\n"
	chunked = "Transfer-Encoding: chunked\r\n"
)

// begins is the start of a request, up to and with its Host.
func (s *shop) begins(line string) string {
	return line + " HTTP/1.1\r\nHost: " + s.Host() + "\r\n"
}

func TestTooMuchIsRefusedWithoutReadingOn(t *testing.T) {
	t.Parallel()
	s := start(t, blackbox.NewDB(t))
	get, post := s.begins("GET /"), s.begins("POST /cart/items")+aForm
	chunk := "1000\r\n" + strings.Repeat("x", 0x1000) + "\r\n"
	for name, c := range map[string]struct{ sent, status string }{
		"one header of 21 KiB":                      {get + "X-Long: " + strings.Repeat("x", 21<<10) + "\r\n\r\n", "431"},
		"headers of 21 KiB":                         {get + strings.Repeat("X-Many: 0123456789\r\n", 21<<10/20) + "\r\n", "431"},
		"a path of 21 KiB":                          {s.begins("GET /"+strings.Repeat("x", 21<<10)) + "\r\n", "431"},
		"a length of 65 KiB, of which nothing":      {post + "Content-Length: 66560\r\n\r\n", "413"},
		"a length of 1 TiB, of which a little":      {post + "Content-Length: 1099511627776\r\n\r\nsku=enamel-mug", "413"},
		"a GET of 1 GiB, of which nothing":          {get + "Content-Length: 1073741824\r\n\r\n", "413"},
		"chunks of 68 KiB, with more still to come": {post + chunked + "\r\n" + strings.Repeat(chunk, 17), "413"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// Nothing more is sent and the connection stays open. A shop that
			// reads on answers when it gives up on the sender, after 10 seconds.
			const soon = 7 * time.Second
			conn := s.Dial(t)
			if err := conn.SetDeadline(time.Now().Add(soon)); err != nil {
				t.Fatal(err)
			}
			go func() { _, _ = conn.Write([]byte(c.sent)) }()
			answer := make([]byte, 4096)
			n, err := conn.Read(answer)
			if got := statuses(string(answer[:n])); err != nil || !slices.Equal(got, []string{c.status}) {
				t.Errorf("status %v (%v), want %s", got, err, c.status)
			}
			if !strings.Contains(string(answer[:n]), "\r\nConnection: close\r\n") {
				t.Errorf("the rest would be read as a request:\n%s", answer[:n])
			}
		})
	}
}

func TestFullBodyIsRead(t *testing.T) {
	t.Parallel()
	s := start(t, blackbox.NewDB(t))
	const most = 64 << 10
	body := "sku=enamel-mug&x="
	body += strings.Repeat("x", most-len(body))
	answer := s.raw(t, fmt.Sprintf("%s%sContent-Length: %d\r\nConnection: close\r\n\r\n%s", s.begins("POST /cart/items"), aForm, most, body))
	if got := statuses(answer); !slices.Equal(got, []string{"303"}) {
		t.Errorf("a body of exactly 64 KiB: status %v", got)
	}
}

// A proxy in front may read the end of a request elsewhere than the shop does.
// What follows such a request is somebody else's, so nothing may be read from
// that connection any more: there is one answer, and the connection closes.
func TestAmbiguousRequestEndsTheConnection(t *testing.T) {
	t.Parallel()
	s := start(t, blackbox.NewDB(t))
	get, post := s.begins("GET /cart"), s.begins("POST /cart/clear")+aForm
	const last = "0\r\n\r\n"
	for name, sent := range map[string]string{
		"length and chunks":        post + "Content-Length: 5\r\n" + chunked + "\r\n" + last,
		"chunks and length":        post + chunked + "Content-Length: 5\r\n\r\n" + last,
		"two lengths":              post + "Content-Length: 0\r\nContent-Length: 5\r\n\r\n",
		"a list of lengths":        post + "Content-Length: 0, 5\r\n\r\n",
		"a negative length":        post + "Content-Length: -1\r\n\r\n",
		"a signed length":          post + "Content-Length: +0\r\n\r\n",
		"an unknown encoding":      post + "Transfer-Encoding: xchunked\r\n\r\n" + last,
		"chunks that are not last": post + "Transfer-Encoding: chunked, identity\r\n\r\n" + last,
		"chunks twice":             post + chunked + chunked + "\r\n" + last,
		"chunks, with a space":     post + "Transfer-Encoding : chunked\r\n\r\n" + last,
		"chunks, with a control":   post + "Transfer-Encoding: \vchunked\r\n\r\n" + last,
		"chunks in HTTP/1.0":       strings.Replace(post, "HTTP/1.1", "HTTP/1.0", 1) + chunked + "\r\n" + last,
		"a chunk without a size":   post + chunked + "\r\nzz\r\n\r\n",
		"a chunk of 17 digits":     post + chunked + "\r\nfffffffffffffffff\r\n\r\n",
		"a chunk that ends in LF":  post + chunked + "\r\n0\n\n",
		"two hosts":                get + "Host: shop.example\r\n\r\n",
		"no host":                  "GET /cart HTTP/1.1\r\n\r\n",
		"NUL in a header":          get + "X: a\x00b\r\n\r\n",
		"NUL in a header's name":   get + "X\x00: b\r\n\r\n",
		"CR in a header":           get + "X: a\rb\r\n\r\n",
		"a header without a name":  get + ": b\r\n\r\n",
		"a folded first header":    "GET /cart HTTP/1.1\r\n Host: " + s.Host() + "\r\n\r\n",
		"HTTP/0.9":                 "GET /cart\r\n\r\n",
		"HTTP/2.0 in the clear":    strings.Replace(get, "HTTP/1.1", "HTTP/2.0", 1) + "\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			smuggled := s.begins("GET /healthz") + "Connection: close\r\n\r\n"
			answers := s.raw(t, sent+smuggled)
			if got := statuses(answers); len(got) != 1 || got[0] >= "500" && got[0] != "501" && got[0] != "505" {
				t.Errorf("answers %v, want one, and no failure of the shop", got)
			}
		})
	}
}

func TestSlowHeaderIsCutOff(t *testing.T) {
	t.Parallel()
	s := start(t, blackbox.NewDB(t))
	// Never finished. The connection lives for a minute, the shop's patience is shorter.
	answer := s.raw(t, s.begins("GET /")+"X-Slow: ")
	if got := statuses(answer); len(got) > 0 && got[0] < "400" {
		t.Errorf("half a header was answered with %v", got)
	}
}
