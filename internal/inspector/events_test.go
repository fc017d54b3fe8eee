package inspector

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"trolley/session"
	"trolley/test/shoptest"
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

func TestOperatorSeesAShopperAdd(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t, withInspector)
	inspecting(t, s)
	v, o := s.Visitor(t), s.Office(t)
	f := listen(t, o.Shop.Server.URL)
	v.Post("/cart/items", "sku", "mug").Want(t, http.StatusSeeOther)
	if c := f.next("session"); c.ID != id(v) || c.Kind != "created" || fmt.Sprint(c.What) != "[cart added]" {
		t.Errorf("%+v, want that %s began with a cart", c, id(v))
	}
	v.Post("/cart/items", "sku", "pencil").Want(t, http.StatusSeeOther)
	if c := f.next("session"); c.ID != id(v) || c.Kind != "committed" || fmt.Sprint(c.What) != "[pencil put into the cart]" || c.Elsewhere {
		t.Errorf("%+v, want that %s added a pencil", c, id(v))
	}
	v.Post("/cart/items/pencil", "quantity", "0").Want(t, http.StatusSeeOther)
	if c := f.next("session"); fmt.Sprint(c.What) != "[pencil taken out of the cart]" {
		t.Errorf("%v, want the pencil alone, without what an Undo would bring back", c.What)
	}
	f.next("sample")
}

// A stream outlives the deadlines that the server has for other answers.
func TestStreamOutlivesTheDeadlines(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t, withInspector)
	const deadline = 250 * time.Millisecond // for a request to be read, on a busy machine
	inspectorOf(s).heartbeat = deadline / 5
	server := httptest.NewUnstartedServer(s.Ops)
	server.Config.ReadTimeout, server.Config.WriteTimeout = deadline, deadline
	server.Start()
	t.Cleanup(server.Close)
	t.Cleanup(inspectorOf(s).HangUp)
	f := listen(t, server.URL)
	for range 10 {
		f.until(": still here")
	}
}

func TestStreamsAreBounded(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t, withInspector)
	o := s.Office(t)
	for range maxStreams {
		listen(t, o.Shop.Server.URL)
	}
	o.Get("/sessions/events").Want(t, http.StatusServiceUnavailable)
	if got := len(inspectorOf(s).streams); got != maxStreams {
		t.Errorf("%d streams, want %d", got, maxStreams)
	}
	s.AtOps("HEAD", "localhost", "/sessions").Want(t, http.StatusOK)
}

// A client that is slow to listen is told of some changes, and of how many more.
func TestSlowViewerIsToldTheNumber(t *testing.T) {
	t.Parallel()
	ins := &Inspector{Recorder: NewRecorder()}
	var told told
	ins.news(&told)
	for i := range defaultLimits.latest + 5 {
		ins.Recorder.Observe(session.Event{Hash: fmt.Sprintf("%043d", i), Kind: "committed"})
	}
	if text := ins.news(&told); strings.Count(text, "event: session\n") != defaultLimits.latest || !strings.HasSuffix(text, "event: more\ndata: {\"count\":5}\n\n") {
		t.Errorf("the events are\n%s", text)
	}
	if text := ins.news(&told); text != "" {
		t.Errorf("told once more:\n%s", text)
	}
}

// The inspector never holds up a shopper: what it has no room for is dropped and
// counted.
func TestObserverNeverWaits(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t, withInspector) // nobody takes the events
	v := s.Visitor(t)
	v.Post("/cart/items", "sku", "mug").Want(t, http.StatusSeeOther)
	recorder := inspectorOf(s).Recorder
	for len(recorder.waiting) < recorder.limits.waiting {
		recorder.Observe(session.Event{})
	}
	v.Post("/cart/items", "sku", "mug").Want(t, http.StatusSeeOther)
	if got := len(recorder.waiting); got != recorder.limits.waiting {
		t.Errorf("%d events wait, want at most %d", got, recorder.limits.waiting)
	}
	if got := s.Metric(t, "trolley_inspector_dropped_events_total"); got != "1" {
		t.Errorf("%s dropped, want 1", got)
	}
}

// inspecting runs the inspector until the test ends.
func inspecting(t *testing.T, s *shoptest.Shop) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		inspectorOf(s).Run(ctx)
	}()
	t.Cleanup(func() { cancel(); <-done })
}
