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
)

// R58: what is too long is refused, and what is as long as it may be is not.
func TestHeadersAreBounded(t *testing.T) {
	t.Parallel()
	s, _ := newGuarded(t)
	v := s.visitor(t)
	long := func(kib int) string { return strings.Repeat("x", kib<<10) }
	for _, tt := range []struct {
		name string
		reply
		status int
	}{
		{"a header of 15 KiB", v.ask("GET", "/healthz", "", "X-Long", long(15)), 200},
		{"a header of 24 KiB", v.ask("GET", "/healthz", "", "X-Long", long(24)), 431},
		{"a header of 1 MiB", v.ask("GET", "/healthz", "", "X-Long", long(1024)), 431},
		{"a cookie of 24 KiB", v.ask("GET", "/cart", "", "Cookie", "__Host-session="+long(24)), 431},
		{"an address of 15 KiB", v.get("/" + long(15)), 404},
		{"an address of 24 KiB", v.get("/" + long(24)), 431},
		{"a search of 15 KiB", v.get("/?q=" + strings.Repeat("a+", 15<<9)), 200},
		{"2000 parameters", v.get("/?" + strings.Repeat("q=a&", 2000)), 200},
		{"a SKU of 15 KiB", v.get("/products/" + long(15)), 404},
		{"an order's number of 15 KiB", v.get("/orders/" + long(15)), 404},
		{"many headers", s.wire(t, "GET", "GET /healthz HTTP/1.1\r\nHost: a\r\n"+strings.Repeat("A: b\r\n", 20<<10)+"\r\n"), 431},
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
			r := s.wire(t, "POST", "POST "+path+" HTTP/1.1\r\nHost: shop.example\r\nContent-Type: "+formType+"\r\n"+expect+"Content-Length: 1073741824\r\n\r\n")
			r.want(t, http.StatusRequestEntityTooLarge, "at most 64 KiB")
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
	s := newShop(t)
	var read atomic.Int64
	server := httptest.NewUnstartedServer(nil)
	server.Listener = metered{server.Listener, &read}
	server.Config = newServer(s.shop(config{}), discard())
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
			_, err := io.WriteString(conn, "POST "+path+" HTTP/1.1\r\nHost: a\r\nContent-Type: "+formType+"\r\nTransfer-Encoding: chunked\r\n\r\n")
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
	v := s.visitor(t)
	v.ask("GET", "/cart", strings.Repeat("x", 64<<10)).want(t, http.StatusOK)
	v.ask("GET", "/cart", strings.Repeat("x", 64<<10+1)).want(t, http.StatusRequestEntityTooLarge)
	v.ask("PUT", "/cart", strings.Repeat("x", 64<<10+1)).want(t, http.StatusRequestEntityTooLarge)
}

// A body that breaks off is refused, and nothing of it counts.
func TestBodyThatBreaksOffChangesNothing(t *testing.T) {
	t.Parallel()
	s, _ := newGuarded(t)
	changed := s.watch(t)
	conn, err := net.Dial("tcp", s.plain(t))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, _ = io.WriteString(conn, "POST /cart/items HTTP/1.1\r\nHost: a\r\nContent-Type: "+formType+"\r\nContent-Length: 100\r\n\r\nsku=mug")
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

// plain starts a server without TLS and returns its address.
func (s *shop) plain(t *testing.T) string {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	server.Config = newServer(s.shop(config{}), discard())
	server.Start()
	t.Cleanup(server.Close)
	return server.Listener.Addr().String()
}

// R59, R62: no limit is left at its default of none; no server of ours speaks
// HTTP/2 in the clear or a TLS that is too old.
func TestEveryServerHasLimits(t *testing.T) {
	t.Parallel()
	s := newServer(http.NotFoundHandler(), discard())
	for name, got := range map[string]time.Duration{"header": s.ReadHeaderTimeout, "request": s.ReadTimeout, "answer": s.WriteTimeout, "idle": s.IdleTimeout} {
		if got <= 0 || got > time.Minute {
			t.Errorf("%v for the %s, want a minute at most", got, name)
		}
	}
	if s.MaxHeaderBytes != 16<<10 || s.TLSConfig.MinVersion < 0x0303 || s.Protocols != nil && s.Protocols.UnencryptedHTTP2() || s.HTTP2.MaxConcurrentStreams != 100 {
		t.Errorf("headers of %d bytes, TLS %x, protocols %v, %d streams", s.MaxHeaderBytes, s.TLSConfig.MinVersion, s.Protocols, s.HTTP2.MaxConcurrentStreams)
	}
}
