package web

import (
	"bytes"
	"crypto/tls"
	stdlog "log"
	"log/slog"
	"net/http"
	"time"
)

// Limits of a connection. Without them one slow client holds a connection, and
// many hold them all.
const (
	headerTimeout   = 5 * time.Second  // to send the header
	readTimeout     = 10 * time.Second // to send header and body
	HandleTimeout   = 10 * time.Second // for a handler to be done: the context's deadline
	writeTimeout    = 30 * time.Second // from the header's end to the answer's
	idleTimeout     = 60 * time.Second // between two requests
	maxHeaderBytes  = 16 << 10
	maxStreams      = 100              // of one HTTP/2 connection
	ShutdownTimeout = 20 * time.Second // for requests in flight to finish
)

// NewServer returns a server of h whose connections have limits.
func NewServer(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler: closeAfterChunks(h),
		// net/http's own answer to "OPTIONS *" would pass by the middleware.
		DisableGeneralOptionsHandler: true,
		ReadHeaderTimeout:            headerTimeout,
		ReadTimeout:                  readTimeout,
		WriteTimeout:                 writeTimeout,
		IdleTimeout:                  idleTimeout,
		MaxHeaderBytes:               maxHeaderBytes,
		HTTP2:                        &http.HTTP2Config{MaxConcurrentStreams: maxStreams},
		TLSConfig:                    &tls.Config{MinVersion: tls.VersionTLS12},
		ErrorLog:                     stdlog.New(serverErrors{log}, "", 0),
	}
}

// serverErrors logs what net/http says of broken connections, under one message.
type serverErrors struct{ log *slog.Logger }

func (w serverErrors) Write(b []byte) (int, error) {
	w.log.Debug("connection broken", "error", string(bytes.TrimSpace(b)))
	return len(b), nil
}

// closeAfterChunks ends the connection after a request that came in chunks. If
// it had a Content-Length as well, which net/http drops, a proxy in front may see
// another request in what follows; RFC 9112, section 6.1, wants it closed.
func closeAfterChunks(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(r.TransferEncoding) > 0 {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}
