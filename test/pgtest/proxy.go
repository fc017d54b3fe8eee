package pgtest

import (
	"bytes"
	"net"
	"net/url"
	"sync"
	"testing"
)

// Proxy is a network between a program and its server that a test can break.
type Proxy struct {
	listener net.Listener
	target   string

	mu      sync.Mutex
	moves   *sync.Cond // stalled has changed
	stalled bool
	cutAt   []byte // what a client says for its connection to be cut after the server's answer
	conns   map[net.Conn]bool
}

// NewProxy returns a proxy to the server of a URL, and the URL by which the
// database is reached through it. It goes with the test.
func NewProxy(t testing.TB, dsn string) (*Proxy, string) {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{listener: l, target: u.Host, conns: make(map[net.Conn]bool)}
	p.moves = sync.NewCond(&p.mu)
	var serving sync.WaitGroup
	serving.Go(func() { p.serve(&serving) })
	t.Cleanup(func() {
		l.Close()
		p.Resume()
		p.Cut()
		serving.Wait()
	})
	u.Host = l.Addr().String()
	return p, u.String()
}

// Stall holds back everything from now on, as a network does whose cable is
// pulled: connections stay, and nothing arrives.
func (p *Proxy) Stall() { p.stall(true) }

// Resume lets everything go on.
func (p *Proxy) Resume() { p.stall(false) }

func (p *Proxy) stall(on bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stalled = on
	p.moves.Broadcast()
}

// Cut breaks all connections that there are.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		c.Close()
	}
}

// CutAt breaks the next connection on which the client says so, once the server
// has answered: it did what it was told, and the client does not know.
func (p *Proxy) CutAt(said string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cutAt = []byte(said)
}

func (p *Proxy) serve(serving *sync.WaitGroup) {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", p.target)
		if err != nil {
			client.Close()
			continue
		}
		p.mu.Lock()
		p.conns[client], p.conns[server] = true, true
		p.mu.Unlock()
		l := &link{proxy: p}
		serving.Go(func() { l.copy(server, client, l.fromClient) })
		serving.Go(func() { l.copy(client, server, l.fromServer) })
	}
}

// link is one connection through the proxy.
type link struct {
	proxy *Proxy
	mu    sync.Mutex
	cut   bool // at the server's next answer
}

func (l *link) copy(to, from net.Conn, pass func([]byte) bool) {
	defer to.Close()
	defer from.Close()
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		if err != nil || !pass(buffer[:n]) {
			return
		}
		if _, err := to.Write(buffer[:n]); err != nil {
			return
		}
	}
}

func (l *link) fromClient(b []byte) bool {
	p := l.proxy
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.stalled {
		p.moves.Wait()
	}
	if len(p.cutAt) > 0 && bytes.Contains(b, p.cutAt) {
		p.cutAt = nil
		l.mu.Lock()
		l.cut = true
		l.mu.Unlock()
	}
	return true
}

func (l *link) fromServer([]byte) bool {
	p := l.proxy
	p.mu.Lock()
	for p.stalled {
		p.moves.Wait()
	}
	p.mu.Unlock()
	l.mu.Lock()
	defer l.mu.Unlock()
	return !l.cut
}
