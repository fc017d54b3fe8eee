package session

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"sync"
	"time"
)

const (
	firstRead   = 512      // bytes: the least that a body takes
	smallBody   = 8 << 10  // bytes of a body that counts as small
	smallMemory = 16 << 20 // bytes of all small bodies
	shares      = 4        // a client gets one of so many
)

// body is the body of a request in memory, which is charged to a budget until it is
// released. It is nil for a request that has none.
type body struct {
	data    []byte
	from    io.Reader
	client  string
	budget  *budget
	large   *budget // of bodies above smallBody
	arrived int64
	charged int64
}

// readBody reads the whole body before anything is held or loaded. Without this, a
// slow sender has the handler work on a stale session. It returns an
// *http.MaxBytesError, ErrBusy or ErrBody; the server reads nothing more then.
func (m *Manager) readBody(w http.ResponseWriter, r *http.Request) (b *body, err error) {
	if r.Body == nil || r.Body == http.NoBody {
		return nil, nil
	}
	limit := m.o.MaxBody(r)
	b = &body{from: http.MaxBytesReader(w, r.Body, limit), client: m.o.Client(r), budget: &m.small, large: &m.large}
	if r.ContentLength > smallBody {
		b.budget = b.large
	}
	deadline := time.Now().Add(m.o.BodyTimeout)
	if end, ok := r.Context().Deadline(); ok && end.Before(deadline) {
		deadline = end
	}
	// A server without deadlines has none; net/http's ends when the body has arrived.
	_ = http.NewResponseController(w).SetReadDeadline(deadline)
	if r.ContentLength > limit {
		err = &http.MaxBytesError{Limit: limit}
	} else if err = b.charge(firstRead); err == nil {
		b.data, err = io.ReadAll(b)
	}
	if err != nil {
		if r.ProtoMajor == 1 { // on HTTP/2 it would end the streams of others, too
			w.Header().Set("Connection", "close")
		}
		b.release()
		if _, tooLarge := errors.AsType[*http.MaxBytesError](err); !tooLarge && !errors.Is(err, ErrBusy) {
			err = fmt.Errorf("%w: %w", ErrBody, err)
		}
		return nil, err
	}
	return b, nil
}

// Read charges what arrives, and as much again for the memory that it grows into.
func (b *body) Read(p []byte) (int, error) {
	n, err := b.from.Read(p)
	if b.arrived += int64(n); 2*b.arrived > b.charged {
		if busy := b.charge(2 * b.arrived); busy != nil {
			return n, busy
		}
	}
	return n, err
}

// charge raises what b is charged. A body above smallBody leaves the budget of the
// small ones.
func (b *body) charge(size int64) error {
	if size > 2*smallBody && b.budget != b.large {
		b.release()
		b.budget = b.large
	}
	if !b.budget.take(b.client, b.charged, size-b.charged) {
		return fmt.Errorf("%w: no memory for the body", ErrBusy)
	}
	b.charged = size
	return nil
}

// reader returns the body from its beginning.
func (b *body) reader() io.ReadCloser {
	if b == nil {
		return http.NoBody
	}
	return io.NopCloser(bytes.NewReader(b.data))
}

// release gives the memory back. Further calls do nothing.
func (b *body) release() {
	if b != nil {
		b.budget.take(b.client, b.charged, -b.charged)
		b.charged = 0
	}
}

// budget bounds the memory of bodies. It never waits: a queue would let slow senders
// keep out the others.
type budget struct {
	max  int64 // bytes
	mu   sync.Mutex
	used int64
	by   map[string]int64 // client
}

// take charges n bytes more to a client's body that has own bytes so far. Beside
// other bodies a client gets a share; one body may be larger.
func (b *budget) take(client string, own, n int64) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	total := b.by[client] + n
	if n > 0 && (b.used+n > b.max || b.by[client] > own && total > b.max/shares) {
		return false
	}
	b.used += n
	if b.by[client] = total; total == 0 {
		delete(b.by, client)
	}
	return true
}

// clientNetwork returns the network that one client may own: the address of the
// connection, of IPv6 its /64. Requests without an address count as one client.
func clientNetwork(r *http.Request) string {
	at, _ := netip.ParseAddrPort(r.RemoteAddr)
	addr := at.Addr().Unmap().WithZone("")
	network, _ := addr.Prefix(min(addr.BitLen(), 64))
	return network.Addr().String()
}
