package session

import (
	"bytes"
	"errors"
	"maps"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// response buffers what a handler answers, so that it can be discarded. It supports
// neither flushing nor hijacking: see Manager.ReadOnly.
type response struct {
	connection
	header http.Header
	status int
	body   *bytes.Buffer // nil after release
	sealed http.Header   // the header when the status was written
}

// connection is what an http.ResponseController may do beside a buffered response.
type connection interface {
	SetReadDeadline(time.Time) error
	SetWriteDeadline(time.Time) error
	EnableFullDuplex() error
}

// bodies is memory for the next responses.
var bodies = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// newResponse starts from the header that was set outside, so that a handler's Set
// and Del work on it as they would without a buffer. Release it in the end.
func newResponse(outer http.ResponseWriter) *response {
	body := bodies.Get().(*bytes.Buffer)
	body.Reset()
	return &response{http.NewResponseController(outer), maps.Clone(outer.Header()), http.StatusOK, body, nil}
}

var errReturned = errors.New("session: written to after its handler had returned")

// release gives back the memory of the body: as with net/http's own response, nothing
// may be written after the handler has returned.
func (w *response) release() {
	bodies.Put(w.body)
	w.body = nil
}

// Header implements http.ResponseWriter.
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

// finish ends the handler's part: what it set in the header after the status is
// dropped, and what the manager sets from now on counts. No trailer is announced: the
// body has a length.
func (w *response) finish() {
	w.WriteHeader(w.status)
	w.header = w.sealed
	delete(w.header, "Trailer")
}

// protect keeps a visitor's response out of every cache, and others out of shared
// ones.
func (w *response) protect(personal bool) {
	w.header.Add("Vary", "Cookie")
	switch {
	case personal || w.header.Get("Set-Cookie") != "":
		w.header.Set("Cache-Control", "no-store")
	case w.header.Get("Cache-Control") == "":
		w.header.Set("Cache-Control", "private, no-cache")
	}
}

// send writes the response to the real writer, once. The answer to HEAD has its body
// written as well: net/http drops it, and takes the Content-Type from it.
func (w *response) send(to http.ResponseWriter) {
	clear(to.Header())
	maps.Copy(to.Header(), w.header)
	if w.status != http.StatusNoContent && w.status != http.StatusNotModified {
		to.Header().Set("Content-Length", strconv.Itoa(w.body.Len()))
	}
	to.WriteHeader(w.status)
	_, _ = to.Write(w.body.Bytes()) // an error means that the client has gone
	w.release()
}
