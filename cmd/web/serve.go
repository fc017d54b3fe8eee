package main

import (
	"context"
	"errors"
	"io"
	"os"
	"sync"

	"trolley/internal/version"
	"trolley/internal/web"
)

// serve serves the shop and the inspector until ctx ends, then lets the requests in
// flight finish, and the purge.
func (p *program) serve(ctx context.Context, c config, l listeners, stdout io.Writer) error {
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	var running sync.WaitGroup
	running.Go(func() { p.sessions.Run(background) })
	if db := p.store.SQLite(); db != nil {
		running.Go(func() {
			if err := db.Watch(background); err != nil {
				p.fail(err) // who adds to a cart now is told that it was not kept
			}
		})
	}
	if len(p.ops) > 0 {
		running.Go(func() { p.inspector.Run(background) })
	}
	p.shopDoor.open(p.shop.Handler())
	p.opsDoor.open(p.inspector.Handler())
	p.hangUp = p.inspector.HangUp
	p.site.SetReadiness(p.inspector.Readiness)
	p.start()
	if c.logFormat != "json" {
		announce(stdout, c, l, p.entry(ctx, c, stdout))
	}
	p.site.Log.Info("started", "version", version.Of("trolley"), "shop", l.shop.Addr().String(), "inspector", address(l.ops),
		"metrics", address(l.metrics), "database", p.store.Engine().String(), "process", os.Getpid())

	<-ctx.Done()
	cause, drain := context.Cause(ctx), c.drain
	if errors.Is(cause, context.Canceled) {
		cause = nil // it was told to stop
	} else {
		drain = 0
	}
	p.site.Log.Info("stopping", "drain", drain, "at most", web.ShutdownTimeout)
	err := p.stop(drain)
	stop()
	running.Wait()
	p.site.Log.Info("stopped")
	return errors.Join(cause, err)
}
