package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"trolley/internal/recent"
	"trolley/session"
)

// feed is an open stream of events.
type feed struct {
	t     *testing.T
	lines *bufio.Scanner
}

// listen opens the stream of events at an address of the second listener.
func listen(t *testing.T, url string) feed {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "GET", url+"/sessions/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultTransport.(*http.Transport).Clone().RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { response.Body.Close() })
	if got := response.Header.Get("Content-Type"); response.StatusCode != http.StatusOK || got != "text/event-stream; charset=utf-8" {
		t.Fatalf("status %d, Content-Type %q", response.StatusCode, got)
	}
	f := feed{t, bufio.NewScanner(response.Body)}
	f.until("retry: ")
	return f
}

// until reads to the next line with a prefix and returns what follows it.
func (f feed) until(prefix string) string {
	f.t.Helper()
	for f.lines.Scan() {
		if rest, ok := strings.CutPrefix(f.lines.Text(), prefix); ok {
			return rest
		}
	}
	f.t.Fatalf("the stream ended without %q: %v", prefix, f.lines.Err())
	return ""
}

// next returns the data of the next event of a kind.
func (f feed) next(name string) (c changeJSON) {
	f.t.Helper()
	f.until("event: " + name)
	if err := json.Unmarshal([]byte(f.until("data: ")), &c); err != nil {
		f.t.Fatal(err)
	}
	return c
}

// inspecting runs the inspector until the test ends.
func (s *shop) inspecting(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.inspect(ctx)
	}()
	t.Cleanup(func() { cancel(); <-done })
}

func TestOperatorSeesAShopperAdd(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.inspecting(t)
	v, o := s.visitor(t), s.office(t)
	f := listen(t, o.shop.server.URL)
	v.post("/cart/items", "sku", "mug").want(t, http.StatusSeeOther)
	if c := f.next("session"); c.ID != v.id() || c.Kind != "created" || fmt.Sprint(c.What) != "[cart added]" {
		t.Errorf("%+v, want that %s began with a cart", c, v.id())
	}
	v.post("/cart/items", "sku", "pencil").want(t, http.StatusSeeOther)
	if c := f.next("session"); c.ID != v.id() || c.Kind != "committed" || fmt.Sprint(c.What) != "[cart.lines[pencil] added]" || c.Elsewhere {
		t.Errorf("%+v, want that %s added a pencil", c, v.id())
	}
	f.next("sample")
}

// A stream outlives the deadlines that the server has for other answers.
func TestStreamOutlivesTheDeadlines(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	const deadline = 250 * time.Millisecond // for a request to be read, on a busy machine
	s.inspector.viewers.heartbeat = deadline / 5
	server := httptest.NewUnstartedServer(s.ops())
	server.Config.ReadTimeout, server.Config.WriteTimeout = deadline, deadline
	server.Start()
	t.Cleanup(server.Close)
	t.Cleanup(s.inspector.viewers.hangUp)
	f := listen(t, server.URL)
	for range 10 {
		f.until(": still here")
	}
}

// A server that stops does not wait for those who only listen.
func TestStreamEndsWithTheServer(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	announced, out := io.Pipe()
	served := make(chan error, 1)
	go func() {
		served <- s.serve(ctx, config{addr: "127.0.0.1:0", opsAddr: "127.0.0.1:0", db: s.Database}, out)
		out.Close()
	}()
	var text bytes.Buffer
	url := ""
	for lines := bufio.NewScanner(io.TeeReader(announced, &text)); url == "" && lines.Scan(); {
		if found := regexp.MustCompile(`http://\S+(/sessions)`).FindString(lines.Text()); found != "" {
			url = strings.TrimSuffix(found, "/sessions")
		}
	}
	go func() { _, _ = io.Copy(io.Discard, announced) }()
	f := listen(t, url)
	cancel()
	for f.lines.Scan() { // until it ends
	}
	if err := <-served; err != nil || f.lines.Err() != nil {
		t.Errorf("served with %v, streamed with %v; announced\n%s", err, f.lines.Err(), &text)
	}
	late := httptest.NewRecorder()
	s.ops().ServeHTTP(late, httptest.NewRequest("GET", "http://localhost/sessions/events", nil)) // ends at once
}

func TestStreamsAreBounded(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	o := s.office(t)
	for range maxViewers {
		listen(t, o.shop.server.URL)
	}
	o.get("/sessions/events").want(t, http.StatusServiceUnavailable)
	if got := s.inspector.viewers.count(); got != maxViewers {
		t.Errorf("%d viewers, want %d", got, maxViewers)
	}
	s.atOps("HEAD", "localhost", "/sessions").want(t, http.StatusOK)
}

// Who is slow to listen is told of some changes, and of how many more.
func TestSlowViewerIsToldTheNumber(t *testing.T) {
	t.Parallel()
	v := newViewers()
	me, leave := v.join()
	for i := range maxPending + 5 {
		v.tell(recent.Change{Hash: fmt.Sprintf("%043d", i), Kind: "committed"})
	}
	p := v.take(me)
	if len(p.changes) != maxPending || p.more != 5 || len(v.take(me).changes) != 0 {
		t.Errorf("%d changes and %d more", len(p.changes), p.more)
	}
	if text := eventsOf(p); strings.Count(text, "event: session\n") != maxPending || !strings.HasSuffix(text, "event: more\ndata: {\"count\":5}\n\n") {
		t.Errorf("the events are\n%s", text)
	}
	leave()
	v.tell(recent.Change{})
	if v.count() != 0 || len(me.pending.changes) != 0 {
		t.Error("who has left is told of changes")
	}
}

// The inspector never holds up a shopper: what it has no room for is dropped and
// counted.
func TestObserverNeverWaits(t *testing.T) {
	t.Parallel()
	s := newShop(t) // nobody takes the events
	v := s.visitor(t)
	v.post("/cart/items", "sku", "mug").want(t, http.StatusSeeOther)
	for len(s.inspector.news) < maxNews {
		s.inspector.observe(session.Event{})
	}
	v.post("/cart/items", "sku", "mug").want(t, http.StatusSeeOther)
	if got := s.inspector.dropped.Load(); got != 1 {
		t.Errorf("%d dropped, want 1", got)
	}
}
