package session

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"sync"
	"time"
)

const (
	firstRead   = 512      // bytes: more than most forms have
	smallBody   = 8 << 10  // bytes of a body that counts as small
	smallMemory = 16 << 20 // bytes of all small bodies
	shares      = 4        // a client gets one of so many
)

// body is the body of a request in memory, which is charged to a budget until it is
// released. It is nil for a request that has none.
type body struct {
	data    []byte
	client  string
	budget  *budget
	charged int64
}

// readBody reads the whole body before anything is held or loaded. Without this, a
// slow sender has the handler work on a stale session.
func (m *Manager) readBody(w http.ResponseWriter, r *http.Request) (*body, error) {
	if r.Body == nil || r.Body == http.NoBody {
		return nil, nil
	}
	limit := m.o.MaxBody(r)
	if r.ContentLength > limit {
		w.Header().Set("Connection", "close") // the rest is not read
		return nil, &http.MaxBytesError{Limit: limit}
	}
	b := &body{client: m.o.Client(r), budget: &m.small}
	if r.ContentLength > smallBody {
		b.budget = &m.large
	}
	deadline := http.NewResponseController(w)
	timed := deadline.SetReadDeadline(time.Now().Add(m.o.BodyTimeout)) == nil
	if err := b.readFrom(http.MaxBytesReader(w, r.Body, limit), &m.large); err != nil {
		w.Header().Set("Connection", "close") // the deadline stays: the server may read on
		b.release()
		return nil, err
	}
	if timed {
		_ = deadline.SetReadDeadline(time.Time{}) // net/http watches the connection while the handler runs
	}
	return b, nil
}

// readFrom returns an *http.MaxBytesError, ErrBusy or ErrBody.
func (b *body) readFrom(sent io.Reader, large *budget) error {
	for {
		if len(b.data) == cap(b.data) && !b.grow(large) {
			return fmt.Errorf("%w: no memory for the body", ErrBusy)
		}
		n, err := sent.Read(b.data[len(b.data):cap(b.data)])
		b.data = b.data[:len(b.data)+n]
		if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
			return err
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%w: %w", ErrBody, err)
		}
	}
}

// grow doubles the memory of b, which thus follows what has arrived. A body above
// smallBody leaves the budget of the small ones.
func (b *body) grow(large *budget) bool {
	size := max(firstRead, 2*int64(cap(b.data)))
	if size > smallBody && b.budget != large {
		b.budget.give(b.client, b.charged)
		b.budget, b.charged = large, 0
	}
	if !b.budget.take(b.client, b.charged, size-b.charged) {
		return false
	}
	b.charged = size
	b.data = append(make([]byte, 0, size), b.data...)
	return true
}

func (b *body) bytes() []byte {
	if b == nil {
		return nil
	}
	return b.data
}

// release gives the memory back. Further calls do nothing.
func (b *body) release() {
	if b != nil && b.charged > 0 {
		b.budget.give(b.client, b.charged)
		b.data, b.charged = nil, 0
	}
}

// budget bounds the memory of bodies. It never waits: a queue would let slow senders
// keep out the others.
type budget struct {
	max  int64 // bytes
	mu   sync.Mutex
	used int64
	by   map[string]int64
}

// take charges n bytes more to a client's body that has own bytes so far. Beside
// other bodies a client gets a share; one body may be larger.
func (b *budget) take(client string, own, n int64) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.by == nil {
		b.by = make(map[string]int64)
	}
	used := b.by[client]
	if b.used+n > b.max || used > own && used+n > b.max/shares {
		return false
	}
	b.used += n
	b.by[client] = used + n
	return true
}

func (b *budget) give(client string, n int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.used -= n
	if b.by[client] -= n; b.by[client] == 0 {
		delete(b.by, client)
	}
}

// clientNetwork returns the network of a connection's address that one client may have
// all of; "" if the address is none.
func clientNetwork(r *http.Request) string {
	at, _ := netip.ParseAddrPort(r.RemoteAddr)
	addr, bits := at.Addr().Unmap().WithZone(""), 32
	if addr.Is6() {
		bits = 64
	}
	network, _ := addr.Prefix(bits)
	return network.Addr().String()
}
