package inspector

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"trolley/internal/web"
	"trolley/session"
)

const (
	streamPause = 250 * time.Millisecond // between two packets of events
	streamWrite = 15 * time.Second       // for a packet to be taken
	heartbeat   = 10 * time.Second       // between two signs of life
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
	select {
	case ins.streams <- struct{}{}:
		defer func() { <-ins.streams }()
	default:
		return web.Unavailable()
	}
	h := w.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	var told told
	ins.news(&told) // what was before is on the page
	tick := time.NewTicker(streamPause)
	defer tick.Stop()
	err, sent := send(w, "retry: 2000\n\n"), time.Now()
	for err == nil && r.Method != http.MethodHead {
		select {
		case <-ins.closing.Done():
			return nil
		case <-r.Context().Done():
			return nil
		case now := <-tick.C:
			text := ins.news(&told)
			if text == "" && now.Sub(sent) >= ins.heartbeat {
				text = ": still here\n\n"
			}
			if text != "" {
				err, sent = send(w, text), now
			}
		}
	}
	return nil // the client has gone: no answer reaches it
}

// send sends text at once. It moves the server's deadline for writing, which is
// for answers that end; net/http has lifted the one for reading by now.
func send(w http.ResponseWriter, text string) error {
	control := http.NewResponseController(w)
	_ = control.SetWriteDeadline(time.Now().Add(streamWrite)) // a recorder in a test has none
	if _, err := io.WriteString(w, text); err != nil {
		return err
	}
	return control.Flush()
}

// told is what a client knows.
type told struct {
	changes int       // of all that there were
	sample  time.Time // the last one
}

// changeJSON is a change as scripts get it.
type changeJSON struct {
	ID        string            `json:"id"`
	Kind      session.EventKind `json:"kind"`
	At        string            `json:"at"`
	Elsewhere bool              `json:"elsewhere"` // found in the table: another process did it
	What      []string          `json:"what"`      // what is different, at most maxWhat, for people
}

// news writes what was not told yet, and counts it as told.
func (ins *Inspector) news(t *told) string {
	var b strings.Builder
	changes, more, total := ins.since(t.changes)
	for _, c := range changes {
		writeEvent(&b, "session", changeJSON{c.ID(), c.Kind, c.Time.UTC().Format(time.RFC3339Nano), c.Elsewhere, c.What()})
	}
	if more > 0 {
		writeEvent(&b, "more", map[string]int{"count": more})
	}
	sample := ins.samples.newest()
	if sample.After(t.sample) {
		writeEvent(&b, "sample", struct{}{})
	}
	*t = told{total, sample}
	return b.String()
}

func writeEvent(b *strings.Builder, name string, data any) {
	line, _ := json.Marshal(data) // strings and numbers: nothing that can fail
	fmt.Fprintf(b, "event: %s\ndata: %s\n\n", name, line)
}
