package inspector

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"trolley/internal/inspector/recent"
	"trolley/internal/web"
	"trolley/session"
)

const (
	streamPause = 250 * time.Millisecond // between two packets of events
	streamWrite = 15 * time.Second       // for a packet to be taken
)

// events answers GET /sessions/events with what becomes of sessions, as
// server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html):
//
//	session  one change, as changeJSON
//	more     {"count": n}: changes that were too many to be told one by one
//	sample   {}: there are new numbers to plot
//
// The stream ends when the server stops or the client leaves.
func (ins *Inspector) events(w http.ResponseWriter, r *http.Request) error {
	v := ins.viewers
	me, leave := v.join()
	if me == nil {
		return web.Unavailable()
	}
	defer leave()
	s := openStream(w)
	beat := time.NewTicker(v.heartbeat)
	defer beat.Stop()
	s.packet("retry: 2000\n\n")
	for s.err == nil && r.Method != http.MethodHead {
		select {
		case <-v.closed:
			return nil
		case <-r.Context().Done():
			return nil
		case <-beat.C:
			s.packet(": still here\n\n")
		case <-me.signal:
			s.packet(eventsOf(v.take(me)))
			s.rest(r, v.closed)
		}
	}
	return nil // the client has gone: nobody to tell
}

// stream is a response that is written in packets, for as long as the client
// takes them.
type stream struct {
	http.ResponseWriter
	control *http.ResponseController
	err     error
}

func openStream(w http.ResponseWriter) *stream {
	s := &stream{ResponseWriter: w, control: http.NewResponseController(w)}
	h := w.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	return s
}

// packet sends text at once. It moves the server's deadline for writing, which is
// for answers that end; the one for reading net/http has lifted by now.
func (s *stream) packet(text string) {
	_ = s.control.SetWriteDeadline(time.Now().Add(streamWrite)) // a recorder in a test has none
	if _, s.err = s.Write([]byte(text)); s.err == nil {
		s.err = s.control.Flush()
	}
}

// rest lets changes collect, so that a busy shop sends four packets a second and
// not thousands.
func (s *stream) rest(r *http.Request, closed <-chan struct{}) {
	timer := time.NewTimer(streamPause)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-closed:
	case <-r.Context().Done():
	}
}

// changeJSON is a change as scripts get it.
type changeJSON struct {
	ID        string            `json:"id"`
	Kind      session.EventKind `json:"kind"`
	At        string            `json:"at"`
	Elsewhere bool              `json:"elsewhere"` // found in the table: another process did it
	What      []string          `json:"what"`      // what is different, at most maxWhat, for people
}

// maxWhat is how many differences an event names.
const maxWhat = 3

// eventsOf writes what a viewer was not told yet.
func eventsOf(p pending) string {
	var b strings.Builder
	for _, c := range p.changes {
		writeEvent(&b, "session", changeJSON{c.ID(), c.Kind, c.At.UTC().Format(time.RFC3339Nano), c.Elsewhere, what(c)})
	}
	if p.more > 0 {
		writeEvent(&b, "more", map[string]int{"count": p.more})
	}
	if p.sampled {
		writeEvent(&b, "sample", struct{}{})
	}
	return b.String()
}

func writeEvent(b *strings.Builder, name string, data any) {
	line, _ := json.Marshal(data) // strings and numbers: nothing that can fail
	fmt.Fprintf(b, "event: %s\ndata: %s\n\n", name, line)
}

// what names the first values that are different.
func what(c recent.Change) []string {
	names := []string{}
	if c.New == nil {
		return names
	}
	for _, d := range differences(c) {
		name, ours := strings.CutPrefix(d.Path, "values.")
		if ours && !strings.HasPrefix(name, "__") && len(names) < maxWhat {
			names = append(names, name+" "+d.Kind())
		}
	}
	return names
}

// differences returns what a change changed. A session that begins is compared
// with one that holds nothing.
func differences(c recent.Change) []recent.Difference {
	before := c.Old
	if before == nil {
		before = []byte(`{"values":{}}`)
	}
	d, _ := recent.Diff(before, c.New, "sku")
	return d
}
