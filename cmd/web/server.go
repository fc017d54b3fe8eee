package main

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync"

	"golang.org/x/net/netutil"

	"trolley/internal/store"
	"trolley/internal/web"
)

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
func (p *program) serve(ctx context.Context, c config, stdout io.Writer) error {
	endpoints, err := p.listen(c)
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
	running.Go(func() { p.sessions.Run(purging) })
	running.Go(func() {
		if err := p.store.Watch(purging); err != nil {
			cancel(err) // who adds to a cart now is told that it was not kept
		}
	})
	if c.opsAddr != "" {
		running.Go(func() { p.inspector.Run(purging) })
	}
	p.inspector.Ready.Store(true)
	announce(stdout, c, endpoints)

	<-ctx.Done()
	p.inspector.Ready.Store(false)
	p.site.Log.Info("stopping", "seconds at most", web.ShutdownTimeout.Seconds())
	p.inspector.HangUp()
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
func (p *program) listen(c config) (endpoints []endpoint, err error) {
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
		{c.addr, c.tlsCert, c.tlsKey, p.shop.Handler()},
		{c.opsAddr, "", "", p.inspector.Handler()},
		{c.redirectAddr, "", "", p.site.Redirect()},
	} {
		if to.addr == "" {
			continue
		}
		l, err := net.Listen("tcp", to.addr)
		if err != nil {
			return endpoints, fmt.Errorf("%w (is another trolley running? -addr and -ops-addr choose other ports)", err)
		}
		if len(endpoints) == 0 { // the shop itself
			l = netutil.LimitListener(l, c.maxConnections)
		}
		endpoints = append(endpoints, endpoint{web.NewServer(to.handler, p.site.Log), l, to.cert, to.key})
	}
	return endpoints, nil
}

// shutdown stops listening and waits for the requests in flight, all servers
// at once; what takes too long is cut off.
func shutdown(endpoints []endpoint) error {
	ctx, cancel := context.WithTimeout(context.Background(), web.ShutdownTimeout)
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

// announce prints where the shop is, and what to do next.
func announce(w io.Writer, c config, endpoints []endpoint) {
	scheme := "http://"
	if c.tlsCert != "" {
		scheme = "https://"
	}
	fmt.Fprintf(w, "Shop       %s%s\n", scheme, reachable(c.addr, endpoints[0].listener))
	if c.opsAddr != "" {
		fmt.Fprintf(w, "Inspector  http://%s/sessions\n", reachable(c.opsAddr, endpoints[1].listener))
	}
	fmt.Fprintf(w, "The table  %s\n", web.SessionsCommand(c.db, store.IsPostgres(c.db)))
	fmt.Fprintf(w, "Stop it    Ctrl-C, or kill -9 %d: no cart is lost\n", os.Getpid())
}

// reachable is what to type into a browser: the name that was asked for, with
// the port that was got.
func reachable(addr string, l net.Listener) string {
	host, _, _ := net.SplitHostPort(addr)              // net.Listen has read it
	_, port, _ := net.SplitHostPort(l.Addr().String()) // of a TCP address
	return net.JoinHostPort(cmp.Or(host, "localhost"), port)
}
