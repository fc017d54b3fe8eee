package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"trolley/internal/web"
	"trolley/test/shoptest"
)

// R58: what is too long is refused, and what is as long as it may be is not.
func TestHeadersAreBounded(t *testing.T) {
	t.Parallel()
	s, _ := newGuarded(t)
	v := s.Visitor(t)
	long := func(kib int) string { return strings.Repeat("x", kib<<10) }
	for _, tt := range []struct {
		name string
		shoptest.Reply
		status int
	}{
		{"a header of 15 KiB", v.Ask("GET", "/healthz", "", "X-Long", long(15)), 200},
		{"a header of 24 KiB", v.Ask("GET", "/healthz", "", "X-Long", long(24)), 431},
		{"a header of 1 MiB", v.Ask("GET", "/healthz", "", "X-Long", long(1024)), 431},
		{"a cookie of 24 KiB", v.Ask("GET", "/cart", "", "Cookie", "__Host-trolley_session="+long(24)), 431},
		{"an address of 15 KiB", v.Get("/" + long(15)), 404},
		{"an address of 24 KiB", v.Get("/" + long(24)), 431},
		{"a search of 15 KiB", v.Get("/?q=" + strings.Repeat("a+", 15<<9)), 200},
		{"2000 parameters", v.Get("/?" + strings.Repeat("q=a&", 2000)), 200},
		{"a SKU of 15 KiB", v.Get("/products/" + long(15)), 404},
		{"an order's number of 15 KiB", v.Get("/orders/" + long(15)), 404},
		{"many headers", s.Wire(t, "GET", "GET /healthz HTTP/1.1\r\nHost: a\r\n"+strings.Repeat("A: b\r\n", 20<<10)+"\r\n"), 431},
	} {
		if tt.StatusCode != tt.status {
			t.Errorf("%s: status %d, want %d", tt.name, tt.StatusCode, tt.status)
		}
	}
}

// R58: a body that says it is too long is refused before it is sent.
func TestLongBodyIsRefusedUnread(t *testing.T) {
	t.Parallel()
	s, _ := newGuarded(t)
	for _, path := range []string{"/cart/items", "/checkout", "/session/destroy", "/nowhere", "/cart"} {
		for _, expect := range []string{"", "Expect: 100-continue\r\n"} {
			r := s.Wire(t, "POST", "POST "+path+" HTTP/1.1\r\nHost: shop.example\r\nContent-Type: "+shoptest.FormType+"\r\n"+expect+"Content-Length: 1073741824\r\n\r\n")
			r.Want(t, http.StatusRequestEntityTooLarge, "60,000 characters")
			if !r.Close {
				t.Errorf("%s: the connection stays open for the rest", path)
			}
		}
	}
}

// metered counts what a server reads.
type metered struct {
	net.Listener
	read *atomic.Int64
}

func (c metered) Accept() (net.Conn, error) {
	conn, err := c.Listener.Accept()
	return meteredConn{conn, c.read}, err
}

type meteredConn struct {
	net.Conn
	read *atomic.Int64
}

func (c meteredConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.read.Add(int64(n))
	return n, err
}

// R58: of a body without an end less than a MiB is read.
func TestEndlessBodyIsNotReadOn(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	var read atomic.Int64
	server := httptest.NewUnstartedServer(nil)
	server.Listener = metered{server.Listener, &read}
	server.Config = web.NewServer(s.Insecure(t), shoptest.Discard())
	server.Start()
	t.Cleanup(server.Close)
	for _, path := range []string{"/cart/items", "/nowhere", "/static/app.css", "/healthz"} {
		read.Store(0)
		conn, err := net.Dial("tcp", server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		sent := make(chan struct{})
		go func() {
			defer close(sent)
			chunk := fmt.Sprintf("%x\r\n%s\r\n", 32<<10, strings.Repeat("x", 32<<10))
			_, err := io.WriteString(conn, "POST "+path+" HTTP/1.1\r\nHost: a\r\nContent-Type: "+shoptest.FormType+"\r\nTransfer-Encoding: chunked\r\n\r\n")
			for err == nil { // until the server has had enough
				_, err = io.WriteString(conn, chunk)
			}
		}()
		r, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil || r.StatusCode/100 != 4 {
			t.Errorf("%s: %v, %v; want a refusal", path, r, err)
		}
		_, _ = io.Copy(io.Discard, conn) // until it hangs up
		conn.Close()
		<-sent
		if got := read.Load(); got >= 1<<20 {
			t.Errorf("%s: %d bytes were read, want less than a MiB", path, got)
		}
	}
}

// R48: nor does a page that takes no form read one.
func TestBodyOfAPageIsBounded(t *testing.T) {
	t.Parallel()
	s, _ := newGuarded(t)
	v := s.Visitor(t)
	v.Ask("GET", "/cart", strings.Repeat("x", 64<<10)).Want(t, http.StatusOK)
	v.Ask("GET", "/cart", strings.Repeat("x", 64<<10+1)).Want(t, http.StatusRequestEntityTooLarge)
	v.Ask("PUT", "/cart", strings.Repeat("x", 64<<10+1)).Want(t, http.StatusRequestEntityTooLarge)
}

// A body that breaks off is refused, and nothing of it counts.
func TestBodyThatBreaksOffChangesNothing(t *testing.T) {
	t.Parallel()
	s, _ := newGuarded(t)
	changed := watch(t, s)
	conn, err := net.Dial("tcp", plain(t, s))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, _ = io.WriteString(conn, "POST /cart/items HTTP/1.1\r\nHost: a\r\nContent-Type: "+shoptest.FormType+"\r\nContent-Length: 100\r\n\r\nsku=mug")
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	r, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil || r.StatusCode != http.StatusBadRequest || r.Header.Get("Set-Cookie") != "" {
		t.Errorf("%v, %v; want 400", r, err)
	}
	if changed() {
		t.Error("something was written")
	}
}

// R59, R62: no limit is left at its default of none; no server of ours speaks
// HTTP/2 in the clear or a TLS that is too old.
func TestEveryServerHasLimits(t *testing.T) {
	t.Parallel()
	s := web.NewServer(http.NotFoundHandler(), shoptest.Discard())
	for name, got := range map[string]time.Duration{"header": s.ReadHeaderTimeout, "request": s.ReadTimeout, "answer": s.WriteTimeout, "idle": s.IdleTimeout} {
		if got <= 0 || got > time.Minute {
			t.Errorf("%v for the %s, want a minute at most", got, name)
		}
	}
	if s.MaxHeaderBytes != 16<<10 || s.TLSConfig.MinVersion < 0x0303 || s.Protocols != nil && s.Protocols.UnencryptedHTTP2() || s.HTTP2.MaxConcurrentStreams != 100 {
		t.Errorf("headers of %d bytes, TLS %x, protocols %v, %d streams", s.MaxHeaderBytes, s.TLSConfig.MinVersion, s.Protocols, s.HTTP2.MaxConcurrentStreams)
	}
}
