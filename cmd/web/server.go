package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/term"

	"trolley/internal/inspector"
	"trolley/internal/store"
	"trolley/internal/version"
	"trolley/internal/web"
)

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

// endpoints returns the servers for the public, and that for operators.
func (p *program) endpoints(c config, l listeners) (public, ops []endpoint) {
	connections := web.NewConnections(c.maxConnections, p.site)
	for _, to := range []struct {
		net.Listener
		handler http.Handler
		*certificate
	}{
		{l.shop, p.shop.Handler(), p.certificate},
		{l.redirect, p.site.Redirect(), nil},
	} {
		if to.Listener == nil {
			continue
		}
		server := web.NewServer(to.handler, p.site.Log)
		server.ConnState = connections.State
		if to.certificate != nil {
			server.TLSConfig.GetCertificate = to.certificate.get
		}
		public = append(public, endpoint{server, connections.Listener(to.Listener)})
	}
	if l.ops != nil {
		ops = append(ops, endpoint{web.NewServer(p.inspector.Handler(), p.site.Log), l.ops})
	}
	return public, ops
}

// serve serves the shop, the inspector and the redirects until ctx ends or one
// of them fails, then lets the requests in flight finish, and the purge.
func (p *program) serve(ctx context.Context, c config, l listeners, stdout io.Writer) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	public, ops := p.endpoints(c, l)
	var running sync.WaitGroup
	for _, e := range append(public, ops...) {
		running.Go(func() {
			if err := e.serve(); err != nil {
				cancel(err)
			}
		})
	}
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	running.Go(func() { p.sessions.Run(background) })
	running.Go(func() {
		if err := p.store.Watch(background); err != nil {
			cancel(err) // who adds to a cart now is told that it was not kept
		}
	})
	hangUps := make(chan os.Signal, 1)
	signal.Notify(hangUps, syscall.SIGHUP) // before anybody is told that the shop runs
	running.Go(func() { p.hangUps(background, hangUps) })
	if l.ops != nil {
		running.Go(func() { p.inspector.Run(background) })
	}
	p.inspector.Ready.Store(true)
	announce(stdout, c, l, p.entry(ctx, c, stdout))
	p.site.Log.Info("started", "version", version.Of("trolley"), "shop", l.shop.Addr().String(), "database", p.store.Engine(), "process", os.Getpid())

	<-ctx.Done()
	cause := context.Cause(ctx)
	failed := !errors.Is(cause, context.Canceled)
	p.inspector.Ready.Store(false)
	p.site.Draining.Store(true)
	p.site.Log.Info("stopping", "drain", c.drain, "at most", web.ShutdownTimeout)
	if !failed {
		time.Sleep(c.drain) // the proxies learn of it from /healthz
	}
	err := shutdown(public, web.ShutdownTimeout)
	p.inspector.HangUp()
	err = errors.Join(err, shutdown(ops, web.ShutdownTimeout/10))
	stop()
	running.Wait()
	if failed {
		err = errors.Join(cause, err)
	}
	p.site.Log.Info("stopped")
	return err
}

// hangUps looks at the certificate upon SIGHUP, which ends other programs.
func (p *program) hangUps(ctx context.Context, hangUps chan os.Signal) {
	defer signal.Stop(hangUps)
	for {
		select {
		case <-ctx.Done():
			return
		case <-hangUps:
			p.site.Log.Info("hangup: the shop goes on, and a renewed certificate counts")
			if p.certificate != nil {
				_, _ = p.certificate.get(nil) // it logs what is wrong
			}
		}
	}
}

// shutdown stops listening and waits for the requests in flight, all servers
// at once; what takes too long is cut off.
func shutdown(endpoints []endpoint, patience time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
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

// entry returns the page of the inspector to open. It holds a secret that lets the browser
// in where it is shown on a terminal, and never where it could end in a journal.
func (p *program) entry(ctx context.Context, c config, stdout io.Writer) string {
	f, ok := stdout.(*os.File)
	if ok && term.IsTerminal(int(f.Fd())) && !strings.HasPrefix(c.opsAddr, unixPrefix) {
		secret, err := p.store.NewSecret(ctx)
		if err == nil {
			return inspector.EntryPath(secret)
		}
		p.site.Log.Warn("no link to the inspector", "error", err)
	}
	return "/sessions"
}

// announce prints where the shop is, and what to do next.
func announce(w io.Writer, c config, l listeners, entry string) {
	scheme := "http://"
	if c.tlsCert != "" {
		scheme = "https://"
	}
	fmt.Fprintf(w, "Shop       %s\n", reachable(scheme, c.addr, l.shop))
	if c.baseURL != "" {
		fmt.Fprintf(w, "Known as   %s, and by no other name\n", c.baseURL)
	}
	if l.ops != nil {
		fmt.Fprintf(w, "Inspector  %s\n", reachable("http://", c.opsAddr, l.ops)+entry)
	}
	fmt.Fprintf(w, "The table  %s\n", web.SessionsCommand(c.db, store.IsPostgres(c.db)))
	fmt.Fprintf(w, "Stop it    Ctrl-C, or kill -9 %d: no cart is lost\n", os.Getpid())
}

// reachable is what to type into a browser: the name that was asked for, with
// the port that was got.
func reachable(scheme, addr string, l net.Listener) string {
	if strings.HasPrefix(addr, unixPrefix) {
		return addr
	}
	host, _, _ := net.SplitHostPort(addr)              // net.Listen has read it
	_, port, _ := net.SplitHostPort(l.Addr().String()) // of a TCP address
	return scheme + net.JoinHostPort(cmp.Or(host, "localhost"), port)
}
