package main

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"trolley/internal/web"
)

// front is all that the program listens on. While the database is away it answers that
// the shop waits.
type front struct {
	site        *web.Site
	certificate *certificate // nil without HTTPS
	fail        func(error)  // ends the program
	public, ops []endpoint

	shopDoor, opsDoor door

	start   func() // has the servers serve
	running sync.WaitGroup
	hangUp  func() // ends the operators' streams
	hangUps chan os.Signal
}

// door is the handler of a listener. Another one takes its place while it serves.
type door struct{ to atomic.Pointer[http.Handler] }

func (d *door) open(h http.Handler) { d.to.Store(&h) }

// ServeHTTP implements http.Handler.
func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) { (*d.to.Load()).ServeHTTP(w, r) }

// endpoint is a server and the listener that it serves.
type endpoint struct {
	*http.Server
	listener net.Listener
}

func (e endpoint) serve() error {
	var err error
	if e.TLSConfig.GetCertificate != nil {
		err = e.ServeTLS(e.listener, "", "")
	} else {
		err = e.Serve(e.listener)
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// newFront prepares the servers for the public, and those for operators. A server that
// fails calls fail.
func newFront(c config, l listeners, site *web.Site, cert *certificate, fail func(error)) *front {
	f := &front{site: site, certificate: cert, fail: fail, hangUp: func() {}, hangUps: make(chan os.Signal, 1)}
	f.shopDoor.open(site.Waiting(c.secure()))
	f.opsDoor.open(site.Probes(web.Starting()))
	connections := web.NewConnections(c.maxConnections, site)
	for _, to := range []struct {
		net.Listener
		http.Handler
		group *[]endpoint
	}{
		{l.shop, &f.shopDoor, &f.public}, {l.redirect, site.Redirect(), &f.public},
		{l.ops, &f.opsDoor, &f.ops}, {l.metrics, site.Probes(web.NotFound("page")), &f.ops},
	} {
		if to.Listener == nil {
			continue
		}
		e := endpoint{web.NewServer(to.Handler, site.Log), to.Listener}
		if to.Listener != l.ops { // which strangers do not reach
			e.ConnState, e.listener = connections.State, connections.Listener(to.Listener)
		}
		*to.group = append(*to.group, e)
	}
	if cert != nil {
		f.public[0].TLSConfig.GetCertificate = cert.get
	}
	f.start = sync.OnceFunc(f.serveAll)
	signal.Notify(f.hangUps, syscall.SIGHUP) // it ends other programs
	go f.hearHangUps()
	return f
}

func (f *front) serveAll() {
	for _, e := range append(f.public, f.ops...) {
		f.running.Go(func() {
			if err := e.serve(); err != nil {
				f.fail(err)
			}
		})
	}
}

// wait answers visitors and monitors while the database is away.
func (f *front) wait(reason string) {
	f.site.SetReadiness(web.Unready(reason))
	f.start()
}

// stop tells the proxies for as long as drain, then lets the requests in flight finish;
// the operators' come last.
func (f *front) stop(drain time.Duration) error {
	f.site.SetReadiness(web.Unready("stopping"))
	f.site.Draining.Store(true)
	time.Sleep(drain)
	err := shutdown(f.public, web.ShutdownTimeout)
	f.hangUp()
	err = errors.Join(err, shutdown(f.ops, web.ShutdownTimeout/10))
	f.running.Wait()
	signal.Stop(f.hangUps)
	close(f.hangUps)
	return err
}

// hearHangUps looks at the certificate upon SIGHUP.
func (f *front) hearHangUps() {
	for range f.hangUps {
		f.site.Log.Info("hangup: the shop goes on, and a renewed certificate counts")
		if f.certificate != nil {
			_, _ = f.certificate.get(nil) // it logs what is wrong
		}
	}
}

// shutdown stops listening and waits for the requests in flight, all servers
// at once; what takes too long is cut off.
func shutdown(endpoints []endpoint, patience time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var all errgroup.Group
	for _, e := range endpoints {
		all.Go(func() error {
			err := e.Shutdown(ctx)
			if err != nil {
				err = errors.Join(err, e.Close())
			}
			return err
		})
	}
	return all.Wait()
}
