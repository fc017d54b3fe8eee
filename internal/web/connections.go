package web

import (
	"container/list"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"
)

// clientShare is the part of all connections that one client may have.
const clientShare = 16

// Connections are the open connections of all public listeners. When there are as many
// as there may be, the one that is idle longest makes room for the next.
type Connections struct {
	max     int
	proxies *Proxies
	metrics *metrics
	log     *slog.Logger

	mu   sync.Mutex
	room sync.Cond
	open map[netip.Addr]int // by the client's network
	n    int
	// Of *connection, the oldest first: those that never sent a request make room before
	// those that have a visitor.
	silent, idle list.List
}

// NewConnections returns Connections of which max may be open. One client may have a
// sixteenth, unless it is this machine or a trusted proxy.
func NewConnections(max int, s *Site) *Connections {
	c := &Connections{max: max, proxies: &s.Proxies, metrics: s.Metrics, log: s.Log, open: make(map[netip.Addr]int)}
	c.room.L = &c.mu
	return c
}

// Listener returns l for a server whose ConnState is c.State.
func (c *Connections) Listener(l net.Listener) net.Listener { return &listener{l, c, false} }

type listener struct {
	net.Listener
	of     *Connections
	closed bool // with of.mu
}

// connection is an open connection.
type connection struct {
	net.Conn
	of     *Connections
	client netip.Addr
	place  *list.Element // in silent or idle; nil while a request is under way
	closed bool
}

// Accept implements net.Listener.
func (l *listener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			if !errors.Is(err, net.ErrClosed) {
				l.of.log.Warn("connection not accepted", "error", err)
				l.of.mu.Lock()
				l.of.closeIdle(anyone) // it may have run out of descriptors
				l.of.mu.Unlock()
			}
			return nil, err
		}
		if admitted := l.admit(conn); admitted != nil {
			return admitted, nil
		}
		conn.Close()
	}
}

// admit waits for room. It returns nil where the client has too many connections, all
// at work, or the listener closes.
func (l *listener) admit(conn net.Conn) net.Conn {
	c, client := l.of, Peer(conn.RemoteAddr().String())
	made := &connection{Conn: conn, of: c, client: Network(client)}
	isOwn := func(other *connection) bool { return other.client == made.client }
	limited := !client.IsLoopback() && !c.proxies.Trust(client)
	c.mu.Lock()
	defer c.mu.Unlock()
	if limited && c.open[made.client] >= max(c.max/clientShare, 1) && !c.closeIdle(isOwn) {
		c.metrics.count(&Problem{Limit: "connections"})
		return nil
	}
	for c.n >= c.max && !l.closed && !c.closeIdle(anyone) {
		c.room.Wait()
	}
	if l.closed {
		return nil
	}
	c.n++
	c.open[made.client]++
	made.place = c.silent.PushBack(made)
	return made
}

// Close implements net.Listener.
func (l *listener) Close() error {
	l.of.mu.Lock()
	defer l.of.mu.Unlock()
	l.closed = true
	l.of.room.Broadcast()
	return l.Listener.Close()
}

func anyone(*connection) bool { return true }

// closeIdle closes the connection that is idle longest of which, if there is one.
func (c *Connections) closeIdle(which func(*connection) bool) bool {
	for _, waiting := range []*list.List{&c.silent, &c.idle} {
		for e := waiting.Front(); e != nil; e = e.Next() {
			if conn := e.Value.(*connection); which(conn) {
				conn.forget()
				_ = conn.Conn.Close() // it was given up anyway
				return true
			}
		}
	}
	return false
}

// State is a server's ConnState.
func (c *Connections) State(conn net.Conn, state http.ConnState) {
	if secure, ok := conn.(*tls.Conn); ok {
		conn = secure.NetConn()
	}
	of, ok := conn.(*connection)
	if !ok {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case of.closed:
	case state == http.StateActive:
		of.leave()
	case state == http.StateIdle && of.place == nil:
		of.place = c.idle.PushBack(of)
		c.room.Signal()
	}
}

// Close implements net.Conn.
func (c *connection) Close() error {
	c.of.mu.Lock()
	c.forget()
	c.of.mu.Unlock()
	return c.Conn.Close()
}

// forget makes room, once.
func (c *connection) forget() {
	if c.closed {
		return
	}
	c.closed = true
	c.leave()
	c.of.n--
	if c.of.open[c.client]--; c.of.open[c.client] == 0 {
		delete(c.of.open, c.client)
	}
	c.of.room.Signal()
}

// leave takes the connection off the list that it is on.
func (c *connection) leave() {
	if c.place != nil {
		c.of.silent.Remove(c.place) // of another list's element it does nothing
		c.of.idle.Remove(c.place)
		c.place = nil
	}
}
