package web

import (
	"bytes"
	"net/http"
	"slices"
	"strconv"
	"sync"

	"github.com/klauspost/compress/gzip"
)

// minCompressed is the size, in bytes, from which an answer is compressed: a
// smaller one fits into a packet anyway.
const minCompressed = 1400

// compressible lists what is compressed for each answer. Static files have been
// compressed at the start.
var compressible = []string{HTMLType, JSONType, XMLType}

// Compressed compresses the answers of next for clients that accept it. Where
// the pages come from a session, next has buffered them: nothing is sent before
// the session is stored.
//
// The size of a compressed page tells something of its content to an attacker who can
// put text into it and measure (BREACH, https://breachattack.com). There are no CSRF
// tokens to guess, but a name or an address is enough. So a page with a cookie that
// another site may have asked for is not compressed.
func Compressed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		z := &compressing{ResponseWriter: w, request: r}
		next.ServeHTTP(z, r)
		z.finish()
	})
}

// compressing is a response that may turn out to be worth compressing.
type compressing struct {
	http.ResponseWriter
	request *http.Request
	decided bool
	status  int
	body    *bytes.Buffer // what zip wrote
	zip     *gzip.Writer  // nil: the answer is not compressed
}

// Unwrap lets http.ResponseController reach the connection, for streams, which
// are not compressed.
func (w *compressing) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// WriteHeader decides. What is to be compressed sends no header before finish: a
// handler that panics until then can still be answered for.
func (w *compressing) WriteHeader(status int) {
	if w.decided || status < http.StatusOK {
		w.ResponseWriter.WriteHeader(status)
		return
	}
	w.decided, w.status = true, status
	if !worthCompressing(w.Header()) {
		w.ResponseWriter.WriteHeader(status)
		return
	}
	w.Header().Add("Vary", "Accept-Encoding")
	if !acceptsGzip(w.request) || isBaited(w.request) {
		w.ResponseWriter.WriteHeader(status)
		return
	}
	w.body, w.zip = buffers.Get().(*bytes.Buffer), zippers.Get().(*gzip.Writer)
	w.body.Reset()
	w.zip.Reset(w.body)
}

func worthCompressing(h http.Header) bool {
	length, err := strconv.Atoi(h.Get("Content-Length"))
	return slices.Contains(compressible, h.Get("Content-Type")) && h.Get("Content-Encoding") == "" &&
		(err != nil || length >= minCompressed)
}

// isBaited reports whether another site may have chosen what the page repeats of its
// address, to a visitor that the page knows. A browser that does not say which site it
// comes from may do so where there is a query.
func isBaited(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Site") {
	case "same-origin", "none":
		return false
	case "":
		return r.Header.Get("Cookie") != "" && r.URL.RawQuery != ""
	}
	return r.Header.Get("Cookie") != ""
}

func (w *compressing) Write(b []byte) (int, error) {
	if !w.decided {
		w.WriteHeader(http.StatusOK)
	}
	if w.zip == nil {
		return w.ResponseWriter.Write(b)
	}
	return w.zip.Write(b)
}

// finish sends what was compressed. The answer to HEAD has no length, since
// there was nothing to compress.
func (w *compressing) finish() {
	if w.zip == nil {
		return
	}
	defer buffers.Put(w.body)
	defer zippers.Put(w.zip)
	_ = w.zip.Close() // into memory
	h := w.Header()
	h.Set("Content-Encoding", "gzip")
	h.Set("Content-Length", strconv.Itoa(w.body.Len()))
	if w.request.Method == http.MethodHead {
		h.Del("Content-Length")
	}
	w.ResponseWriter.WriteHeader(w.status)
	_, _ = w.ResponseWriter.Write(w.body.Bytes()) // an error means that the client has gone
}

// zippers are kept for the next answers. The fastest level: the best one makes a
// page a tenth smaller and takes several times as long.
var zippers = sync.Pool{New: func() any {
	z, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed) // fails for unknown levels only
	return z
}}
