package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Limits of a connection. Without them one slow client holds a connection, and
// many hold them all.
const (
	headerTimeout   = 5 * time.Second  // to send the header
	readTimeout     = 10 * time.Second // to send header and body
	handleTimeout   = 10 * time.Second // for a handler to be done: the context's deadline
	writeTimeout    = 30 * time.Second // from the header's end to the answer's
	idleTimeout     = 60 * time.Second // between two requests
	maxHeaderBytes  = 16 << 10
	maxStreams      = 100              // of one HTTP/2 connection
	shutdownTimeout = 20 * time.Second // for requests in flight to finish
)

func newServer(h http.Handler, log *slog.Logger) *http.Server {
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
		ErrorLog:                     slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
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

// endpoint is a server and the listener that it serves.
type endpoint struct {
	*http.Server
	listener  net.Listener
	cert, key string
}

func (e endpoint) serve() error {
	var err error
	if e.cert != "" {
		err = e.ServeTLS(e.listener, e.cert, e.key)
	} else {
		err = e.Serve(e.listener)
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// serve serves the shop, the inspector and the redirects until ctx ends or one
// of them fails, then lets the requests in flight finish, and the purge.
func (app *application) serve(ctx context.Context, c config, stdout io.Writer) error {
	endpoints, err := app.listen(c)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var running sync.WaitGroup
	for _, e := range endpoints {
		running.Go(func() {
			if err := e.serve(); err != nil {
				cancel(err)
			}
		})
	}
	purging, stopPurge := context.WithCancel(context.WithoutCancel(ctx))
	running.Go(func() { app.sessions.Run(purging) })
	running.Go(func() {
		if err := app.store.Watch(purging); err != nil {
			cancel(err) // who adds to a cart now is told that it was not kept
		}
	})
	if !app.Uninspected {
		running.Go(func() { app.inspect(purging) })
	}
	app.ready.Store(true)
	announce(stdout, c, endpoints)

	<-ctx.Done()
	app.ready.Store(false)
	app.log.Info("stopping", "seconds at most", shutdownTimeout.Seconds())
	app.inspector.viewers.hangUp()
	err = shutdown(endpoints)
	stopPurge()
	running.Wait()
	if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) {
		return errors.Join(cause, err)
	}
	return err
}

// listen opens every port before anything is served, so that a port that is
// taken ends the program with one line.
func (app *application) listen(c config) (endpoints []endpoint, err error) {
	defer func() {
		for _, e := range endpoints {
			if err != nil {
				e.listener.Close()
			}
		}
	}()
	if c.tlsCert != "" { // or the shop would be announced and then not serve
		if _, err := tls.LoadX509KeyPair(c.tlsCert, c.tlsKey); err != nil {
			return nil, fmt.Errorf("-tls-cert and -tls-key: %w", err)
		}
	}
	for _, to := range []struct {
		addr, cert, key string
		handler         http.Handler
	}{
		{c.addr, c.tlsCert, c.tlsKey, app.shop(c)},
		{c.opsAddr, "", "", app.ops()},
		{c.redirectAddr, "", "", app.redirect()},
	} {
		if to.addr == "" {
			continue
		}
		l, err := net.Listen("tcp", to.addr)
		if err != nil {
			return endpoints, fmt.Errorf("%w (is another trolley running? -addr and -ops-addr choose other ports)", err)
		}
		if len(endpoints) == 0 { // the shop itself
			l = limitConnections(l)
		}
		endpoints = append(endpoints, endpoint{newServer(to.handler, app.log), l, to.cert, to.key})
	}
	return endpoints, nil
}

// shutdown stops listening and waits for the requests in flight, all servers
// at once; what takes too long is cut off.
func shutdown(endpoints []endpoint) error {
	ctx, cancel := context.WithTimeout(context.Background(), shutdownTimeout)
	defer cancel()
	errs := make([]error, len(endpoints))
	var wg sync.WaitGroup
	for i, e := range endpoints {
		wg.Go(func() {
			if err := e.Shutdown(ctx); err != nil {
				errs[i] = errors.Join(err, e.Close())
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// announce tells whoever started the program what to do next.
func announce(w io.Writer, c config, endpoints []endpoint) {
	scheme := "http://"
	if c.tlsCert != "" {
		scheme = "https://"
	}
	fmt.Fprintf(w, "Shop       %s%s\n", scheme, reachable(c.addr, endpoints[0].listener))
	if c.opsAddr != "" {
		fmt.Fprintf(w, "Inspector  http://%s/sessions\n", reachable(c.opsAddr, endpoints[1].listener))
	}
	fmt.Fprintf(w, "The table  %s\n", sessionsCommand(c.db))
}

// reachable is what to type into a browser: the name that was asked for, with
// the port that was got.
func reachable(addr string, l net.Listener) string {
	host, _, _ := strings.Cut(addr, ":")
	_, port, err := net.SplitHostPort(l.Addr().String())
	if asked, _, splitErr := net.SplitHostPort(addr); splitErr == nil {
		host = asked
	}
	if err != nil {
		return addr
	}
	if host == "" {
		host = "localhost"
	}
	return net.JoinHostPort(host, port)
}
