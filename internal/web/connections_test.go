package web_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"trolley/internal/shop"
	"trolley/internal/web"
	"trolley/test/shoptest"
	"trolley/ui"
)

// pipes is a listener whose connections come from addresses of the test's choice.
type pipes struct {
	next chan net.Conn
	errs chan error
	done context.Context
	end  context.CancelFunc
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.next:
		return c, nil
	case err := <-p.errs:
		return nil, err
	case <-p.done.Done():
		return nil, net.ErrClosed
	}
}
func (p *pipes) Close() error   { p.end(); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

// far is a connection from an address.
type far struct {
	net.Conn
	from string
}

func (f far) RemoteAddr() net.Addr {
	addr, _ := net.ResolveTCPAddr("tcp", f.from) // of the test
	return addr
}

// public are listeners that share their connections.
type public struct {
	*testing.T
	listeners []*pipes
	busy      chan struct{} // requests for /slow wait for it
	slow      sync.WaitGroup
}

func newPublic(t *testing.T, most, listeners int) *public {
	site, err := web.New(ui.Files, web.Options{Log: shoptest.Discard(), Problem: shop.Explain})
	if err != nil {
		t.Fatal(err)
	}
	all := web.NewConnections(most, site)
	p := &public{T: t, busy: make(chan struct{})}
	h := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			p.slow.Done()
			<-p.busy
		}
	})
	for range listeners {
		l := &pipes{next: make(chan net.Conn), errs: make(chan error)}
		l.done, l.end = context.WithCancel(context.Background())
		server := web.NewServer(h, shoptest.Discard())
		server.ConnState = all.State
		go server.Serve(all.Listener(l))
		t.Cleanup(func() { server.Close() })
		p.listeners = append(p.listeners, l)
	}
	return p
}

// dial opens a connection to a listener from an address.
func (p *public) dial(listener int, from string) net.Conn {
	client, server := net.Pipe()
	p.Cleanup(func() { client.Close() })
	p.listeners[listener].next <- far{server, from}
	return client
}

// isOpen sends a request, and reports whether it is answered.
func isOpen(c net.Conn) bool {
	if _, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: shop.example\r\n\r\n"); err != nil {
		return false
	}
	line, err := bufio.NewReader(c).ReadString('\n')
	synctest.Wait() // until the server knows that it is idle
	return err == nil && strings.Contains(line, "200")
}

// isClosed reports whether the server has closed a connection.
func isClosed(c net.Conn) bool {
	synctest.Wait()
	_ = c.SetReadDeadline(time.Now())
	_, err := io.Copy(io.Discard, c)
	return err == nil
}

// Idle connections, to any listener, lock no visitor out: the one that is idle longest
// makes room.
func TestIdleConnectionsMakeRoom(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPublic(t, 4, 2)
		var idle []net.Conn
		for i := range 4 {
			c := p.dial(i%2, "127.0.0.1:1")
			if !isOpen(c) {
				t.Fatalf("connection %d is not answered", i+1)
			}
			idle = append(idle, c)
		}
		if !isOpen(idle[0]) { // now the second is idle longest
			t.Fatal("the first connection does not stay")
		}
		if !isOpen(p.dial(1, "127.0.0.1:1")) || !isOpen(p.dial(0, "127.0.0.1:1")) {
			t.Error("idle connections lock out another one")
		}
		if !isClosed(idle[1]) || !isClosed(idle[2]) {
			t.Error("those that are idle longest stay")
		}
		if !isOpen(idle[0]) || !isOpen(idle[3]) {
			t.Error("others were closed")
		}
	})
}

// A request under way is never cut off to make room; when it is done, there is some.
func TestRequestsUnderWayStay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPublic(t, 2, 1)
		var busy []net.Conn
		for range 2 {
			p.slow.Add(1)
			c := p.dial(0, "127.0.0.1:1")
			_, _ = io.WriteString(c, "GET /slow HTTP/1.1\r\nHost: shop.example\r\n\r\n")
			busy = append(busy, c)
		}
		p.slow.Wait()
		next := p.dial(0, "127.0.0.1:1")
		answered := make(chan bool)
		go func() { answered <- isOpen(next) }()
		close(p.busy)
		for _, c := range busy {
			if line, err := bufio.NewReader(c).ReadString('\n'); err != nil || !strings.Contains(line, "200") {
				t.Errorf("a request under way is answered with %q (%v)", line, err)
			}
		}
		if !<-answered {
			t.Error("there is no room when the requests are done")
		}
	})
}

// One address has a sixteenth of the connections, and none of those of others.
func TestOneClientHasAShareOfTheConnections(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPublic(t, 32, 1)
		other := p.dial(0, "[2001:db8:1::1]:1")
		if !isOpen(other) {
			t.Fatal("the other client is not answered")
		}
		first := p.dial(0, "203.0.113.7:1")
		for range 10 {
			if !isOpen(p.dial(0, "203.0.113.7:1")) {
				t.Error("the client cannot come back")
			}
		}
		if !isClosed(first) || !isOpen(other) {
			t.Error("the idle connection of another client had to go")
		}
		for range 20 {
			if c := p.dial(0, "127.0.0.1:1"); !isOpen(c) {
				t.Error("this machine has no share")
			}
		}
		if !isOpen(other) {
			t.Error("there was room")
		}
	})
}

// Where descriptors run out, an idle connection gives its own.
func TestAnAcceptThatFailsClosesAnIdleConnection(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPublic(t, 32, 1)
		idle := p.dial(0, "127.0.0.1:1")
		if !isOpen(idle) {
			t.Fatal("it is not answered")
		}
		p.listeners[0].errs <- temporary{&net.OpError{Op: "accept", Err: syscall.EMFILE}}
		if !isClosed(idle) {
			t.Error("it stays")
		}
		if !isOpen(p.dial(0, "127.0.0.1:1")) {
			t.Error("the server gave up")
		}
	})
}

// temporary is an error after which net/http goes on.
type temporary struct{ error }

func (temporary) Temporary() bool { return true }
func (temporary) Timeout() bool   { return false }
