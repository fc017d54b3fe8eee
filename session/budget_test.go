package session

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// slow begins a request whose body stops after sent and returns when that is in memory.
func (s *site) slow(client, sent string, length int64, all *sync.WaitGroup) (end func()) {
	body, rest := io.Pipe()
	r := newRequest("POST", "", "")
	r.Body, r.ContentLength, r.RemoteAddr = body, length, client
	all.Go(func() {
		ask(s.Handler(s.do(noop)), r)
		body.Close() // also where it was refused
	})
	_, _ = io.WriteString(rest, sent)
	_, _ = io.WriteString(rest, "") // returns when the next read has begun
	return func() { rest.Close() }
}

// status posts a body and returns the status.
func (s *site) status(client, body string, length int64) int {
	r := newRequest("POST", "", body)
	r.RemoteAddr, r.ContentLength = client, length
	return ask(s.Handler(s.do(noop)), r).status
}

// However slowly clients send, their bodies take no more memory than there is for
// them. Slow senders of large bodies keep out no small one, nor the other way round,
// and one client keeps out no other.
func TestSlowSendersHoldOnlyTheirShare(t *testing.T) {
	t.Parallel()
	const a, b, c = "192.0.2.1:1", "192.0.2.2:1", "192.0.2.3:1"
	tiny, small, large := "q=1", strings.Repeat("s", 6<<10), strings.Repeat("l", 40<<10)
	for name, flood := range map[string]struct {
		body    string
		length  int64 // as declared
		used    func(*Manager) *budget
		refused string // what the same client cannot send any more
		other   string // what it can
	}{
		"small":                     {small, -1, func(m *Manager) *budget { return &m.small }, small, large},
		"large":                     {large, 50 << 10, func(m *Manager) *budget { return &m.large }, large, small},
		"large, length not given":   {large, -1, func(m *Manager) *budget { return &m.large }, large, small},
		"declared large, not sent":  {tiny, 50 << 10, func(m *Manager) *budget { return &m.large }, large, small},
		"declared small, half sent": {tiny, 6 << 10, func(m *Manager) *budget { return &m.small }, tiny, large},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, Options{BodyMemory: 1 << 20})
			s.small.max = 128 << 10
			most := flood.used(s.Manager).max
			var all sync.WaitGroup
			var ends []func()
			for _, client := range []string{a, b} {
				for range 3 * most / shares / firstRead {
					before := flood.used(s.Manager).charged()
					end := s.slow(client, flood.body, flood.length, &all)
					ends = append(ends, end)
					if flood.used(s.Manager).charged() == before {
						break // refused
					}
				}
			}
			if got := flood.used(s.Manager).charged(); got > most/2 || got < most/8 {
				t.Errorf("two clients hold %d bytes, want at most half of %d", got, most)
			}
			length := int64(-1)
			if flood.refused == large && flood.length > 0 {
				length = int64(len(large))
			}
			if got := s.status(a, flood.refused, length); got != http.StatusServiceUnavailable {
				t.Errorf("one more of it is answered with %d", got)
			}
			if got := s.status(a, flood.other, int64(len(flood.other))); got != http.StatusOK {
				t.Errorf("the other kind is answered with %d, error %v", got, s.failed)
			}
			for _, body := range []string{tiny, small, large} {
				if got := s.status(c, body, int64(len(body))); got != http.StatusOK {
					t.Errorf("%d bytes of another client are answered with %d, error %v", len(body), got, s.failed)
				}
			}
			for _, end := range ends {
				end()
			}
			all.Wait()
			if got := s.small.charged() + s.large.charged(); got != 0 || len(s.small.by)+len(s.large.by) > 0 {
				t.Errorf("%d bytes are charged when all is over, to %v, %v", got, s.small.by, s.large.by)
			}
		})
	}
}

func (b *budget) charged() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.used
}

// One body may be larger than the share of a client, as long as it is the only one.
func TestOneBodyMayBeLargerThanAShare(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{BodyMemory: 1 << 20, MaxBody: upTo(10 << 20)})
	for size, want := range map[int]int{300 << 10: 200, 500 << 10: 200, 2 << 20: 503} {
		if got := s.status("192.0.2.1:1", strings.Repeat("x", size), -1); got != want {
			t.Errorf("%d bytes: status %d, want %d, error %v", size, got, want, s.failed)
		}
	}
}

// The addresses that one client may have are one client.
func TestClientNetworks(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"192.0.2.7:80": "192.0.2.7", "[::ffff:192.0.2.7]:80": "192.0.2.7",
		"[2001:db8:1:2:3::4]:80": "2001:db8:1:2::", "[fe80::1%eth0]:80": "fe80::", "@": "invalid IP",
	} {
		if got := clientNetwork(&http.Request{RemoteAddr: address}); got != want {
			t.Errorf("%s is %s, want %s", address, got, want)
		}
	}
}

// MaxBody may depend on the request: its route, or its method.
func TestMaxBodyByRequest(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{MaxBody: func(r *http.Request) int64 {
		if r.URL.Path == "/upload" {
			return 1 << 20
		}
		return 10
	}})
	for path, want := range map[string]int{"/upload": http.StatusOK, "/page": http.StatusRequestEntityTooLarge} {
		r := newRequest("POST", "", strings.Repeat("x", 100<<10))
		r.URL.Path = path
		if a := ask(s.Handler(s.do(noop)), r); a.status != want {
			t.Errorf("%s: status %d, want %d", path, a.status, want)
		}
	}
}

// blockedWriter is the connection of a client that does not read.
type blockedWriter struct {
	http.ResponseWriter
	write func()
}

func (b blockedWriter) Write(p []byte) (int, error) { b.write(); return b.ResponseWriter.Write(p) }

// The memory of a body is given back before the response is sent.
func TestSlowReadersHoldNoBody(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{})
	for _, size := range []int{10, 60 << 10} {
		writes := 0
		w := blockedWriter{httptest.NewRecorder(), func() {
			if writes++; s.small.charged()+s.large.charged() > 0 {
				t.Errorf("%d bytes are charged while the response is sent", s.small.charged()+s.large.charged())
			}
		}}
		s.Handler(s.put(1)).ServeHTTP(w, newRequest("POST", "", strings.Repeat("x", size)))
		if writes == 0 {
			t.Error("nothing was sent")
		}
	}
	defer func() {
		if recover() == nil || s.small.charged() > 0 {
			t.Errorf("%d bytes are charged after a panic", s.small.charged())
		}
	}()
	s.post("", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
}

// Each body has a deadline, over HTTP/1.1 and HTTP/2, and is counted over both.
func TestABodyThatDoesNotComeIsRefused(t *testing.T) {
	t.Parallel()
	for _, proto := range []int{1, 2} {
		s := newSite(t, Options{BodyTimeout: 50 * time.Millisecond})
		server := httptest.NewUnstartedServer(s.Handler(never(t)))
		server.EnableHTTP2 = proto == 2
		server.StartTLS()
		defer server.Close()
		body, rest := io.Pipe()
		var sent sync.WaitGroup
		sent.Go(func() { _, _ = io.WriteString(rest, "q=") })
		resp, err := server.Client().Post(server.URL, "text/plain", body)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		rest.Close()
		sent.Wait()
		if resp.StatusCode != http.StatusBadRequest || resp.ProtoMajor != proto ||
			!errors.Is(s.failed, os.ErrDeadlineExceeded) || !errors.Is(s.failed, ErrBody) {
			t.Errorf("HTTP/%d: status %d, error %v", resp.ProtoMajor, resp.StatusCode, s.failed)
		}
		if got := s.small.charged(); got != 0 {
			t.Errorf("%d bytes are charged", got)
		}
	}
}

// A proxy sends the requests of many visitors over one connection of HTTP/2.
func TestARefusedBodyEndsNoConnectionOfHTTP2(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{MaxBody: func(*http.Request) int64 { return 8 }})
	server := httptest.NewUnstartedServer(s.Handler(s.do(noop)))
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	var last string
	for _, sent := range []string{"too large a body", "fits"} {
		var conn string
		ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{GotConn: func(c httptrace.GotConnInfo) { conn = c.Conn.LocalAddr().String() }})
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, server.URL, strings.NewReader(sent))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := server.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		if last != "" && conn != last {
			t.Errorf("the second request has the connection %s, want that of the first, %s", conn, last)
		}
		last = conn
	}
}

// A body never has longer than the request: a handler could do nothing with it.
func TestABodyEndsWithTheDeadlineOfItsRequest(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{BodyTimeout: patience})
	inside := s.Handler(never(t))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), 50*time.Millisecond)
		defer cancel()
		inside.ServeHTTP(w, r.WithContext(ctx))
	}))
	defer server.Close()
	body, rest := io.Pipe()
	resp, err := server.Client().Post(server.URL, "text/plain", body)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	rest.Close()
	if resp.StatusCode != http.StatusBadRequest || !errors.Is(s.failed, os.ErrDeadlineExceeded) {
		t.Errorf("status %d, error %v", resp.StatusCode, s.failed)
	}
}

// The deadline of a body is none for the handler that runs after it.
func TestTheDeadlineEndsWithTheBody(t *testing.T) {
	t.Parallel()
	const timeout = 50 * time.Millisecond
	s := newSite(t, Options{BodyTimeout: timeout})
	server := httptest.NewServer(s.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-r.Context().Done():
			t.Error("the request ended with the deadline of its body")
		case <-time.After(4 * timeout):
		}
	})))
	defer server.Close()
	resp, err := server.Client().Post(server.URL, "text/plain", strings.NewReader("q=1"))
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%v, error %v", resp, err)
	}
	resp.Body.Close()
}
