package session

import (
	"bytes"
	"errors"
	"maps"
	"net/http"
	"strconv"
	"sync"
)

// response buffers what a handler answers, so that it can be thrown away. It
// supports neither flushing nor hijacking: a stream belongs outside
// Manager.Handler.
type response struct {
	header http.Header
	status int
	body   *bytes.Buffer // nil once it is released
	sealed http.Header   // what the header was when the status was written
}

// bodies is memory for the next responses.
var bodies = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// newResponse starts from what was set outside, so that a handler's Set and Del
// work on it as they would without a buffer. Release it in the end.
func newResponse(outer http.Header) *response {
	w := &response{header: maps.Clone(outer), status: http.StatusOK, body: bodies.Get().(*bytes.Buffer)}
	w.body.Reset()
	return w
}

var errReturned = errors.New("session: written to after its handler had returned")

// release gives the memory of the body back: nobody may write to a response
// after its handler has returned, as with net/http's own.
func (w *response) release() {
	bodies.Put(w.body)
	w.body = nil
}

func (w *response) Header() http.Header { return w.header }

// WriteHeader keeps the first final status, as net/http does, and drops
// informational ones.
func (w *response) WriteHeader(status int) {
	if status >= 200 && w.sealed == nil {
		w.status, w.sealed = status, maps.Clone(w.header)
	}
}

func (w *response) Write(b []byte) (int, error) {
	if w.body == nil {
		return 0, errReturned
	}
	w.WriteHeader(http.StatusOK)
	return w.body.Write(b)
}

// protect keeps what belongs to one visitor out of every cache, and the rest
// out of shared ones.
func (w *response) protect(personal bool) {
	w.header.Add("Vary", "Cookie")
	switch {
	case personal || w.header.Get("Set-Cookie") != "":
		w.header.Set("Cache-Control", "no-store")
	case w.header.Get("Cache-Control") == "":
		w.header.Set("Cache-Control", "private, no-cache")
	}
}

// finish ends the handler's turn: what it set in the header after the status
// is dropped, and what the manager sets from now on counts.
func (w *response) finish() {
	w.WriteHeader(w.status)
	w.header = w.sealed
}

// send writes the response to the real writer, once.
func (w *response) send(to http.ResponseWriter, r *http.Request) {
	clear(to.Header())
	maps.Copy(to.Header(), w.header)
	if w.status != http.StatusNoContent && w.status != http.StatusNotModified {
		to.Header().Set("Content-Length", strconv.Itoa(w.body.Len()))
	}
	to.WriteHeader(w.status)
	if r.Method != http.MethodHead {
		_, _ = to.Write(w.body.Bytes()) // the client has gone: nobody to tell
	}
}
