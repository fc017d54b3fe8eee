// Command web is Trolley's server: a small shop whose carts live in SQL
// sessions. Without arguments it serves the shop on localhost:4000 and keeps
// everything in trolley.db.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"trolley/internal/account"
	"trolley/internal/inspector"
	"trolley/internal/query"
	"trolley/internal/shop"
	"trolley/internal/store"
	"trolley/internal/version"
	"trolley/internal/web"
	"trolley/session"
	"trolley/ui"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	tuneCollector()
	signal.Ignore(syscall.SIGPIPE) // the reader of the log may go: lines are lost then, and no cart
	err := run(ctx, os.Args[1:], os.Environ(), os.Stdout, os.Stderr)
	if err == nil || errors.Is(err, flag.ErrHelp) {
		return
	}
	code, line := 1, fmt.Sprint("trolley: ", err)
	if errors.Is(err, errUsage) {
		code, line = 2, err.Error()
	}
	if _, isLogged := errors.AsType[logged](err); !isLogged {
		fmt.Fprintln(os.Stderr, line)
	}
	os.Exit(code)
}

// gcPercent trades some 30 MB of memory for processor time: the shop keeps little
// and throws much away, and Go's default of 100 would collect hundreds of times a
// second.
const gcPercent = 400

// memoryLimit is where the collector becomes eager all the same. Else five times what is
// in use would be five times the 19 MiB of each password that is hashed.
const memoryLimit = 384 << 20 // bytes

// tuneCollector is for the whole process, so that tests of run go without it.
func tuneCollector() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
}

// logged is an error that the log has already.
type logged struct{ error }

// Unwrap lets errors.Is see the error.
func (l logged) Unwrap() error { return l.error }

// run is main without the process: it serves until ctx ends and returns when
// everything is put away.
func run(ctx context.Context, args, environ []string, stdout, stderr io.Writer) error {
	c, err := parseConfig(args, environ, stderr)
	if err != nil {
		return err
	}
	if c.version {
		_, err := fmt.Fprintln(stdout, version.Of("trolley"))
		return err
	}
	if c.ask {
		return askReady(ctx, c, stdout)
	}
	log := newLogger(c.logFormat, c.logLevel, stderr)
	slog.SetDefault(log) // for what libraries log
	err = serve(ctx, c, log, stdout)
	if err != nil && c.logFormat == "json" {
		log.Error("ended", "error", err)
		err = logged{err}
	}
	return err
}

// serve listens, opens the database and serves.
func serve(ctx context.Context, c config, log *slog.Logger, stdout io.Writer) error {
	cert, err := loadCertificate(c.tlsCert, c.tlsKey, log)
	if err != nil {
		return err
	}
	l, err := listen(c)
	if err != nil {
		return err
	}
	defer l.close()
	site, err := web.New(ui.Files, web.Options{BaseURL: c.baseURL, Notice: c.notice, Log: log, AccessLog: c.accessLog, Problem: shop.Explain,
		TrustedProxies: c.trustedProxies, HSTSSubdomains: c.hstsSubdomains})
	if err != nil {
		return err
	}
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	f := newFront(c, l, site, cert, fail)
	p, err := newProgram(ctx, c, f)
	if err == nil {
		return errors.Join(p.serve(ctx, c, l, stdout), p.store.Close())
	}
	if errors.Is(err, context.Canceled) {
		err = nil // it was told to stop while it waited for the database
	}
	return errors.Join(err, f.stop(0))
}

// program is the shop, the inspector, and what they stand on.
type program struct {
	*front
	store     *store.Store
	sessions  *session.Manager
	shop      *shop.Shop
	inspector *inspector.Inspector
}

// newProgram opens the database and wires everything.
func newProgram(ctx context.Context, c config, f *front) (p *program, err error) {
	started, watch, log := time.Now(), inspector.NewRecorder(), f.site.Log
	p = &program{front: f}
	if p.store, err = openStore(ctx, c, log, f.wait); err != nil {
		return nil, err
	}
	so := session.Options{Engine: p.store.Engine(), Lifetime: c.lifetime, IdleTimeout: c.idleTimeout, Secure: c.secure(),
		Cookie: shop.SessionCookie(), Reader: p.store.Read(), Log: log, Error: p.site.Refuse,
		Client: p.site.ClientNetwork, Limit: p.site.LimitSessions()}
	if db := p.store.SQLite(); db != nil {
		so.Cache = db.SessionCache() // of the accounts as well
	}
	if len(f.ops) > 0 {
		so.Observe = watch.Observe
	}
	if p.sessions, err = session.New(p.store.Write(), so); err != nil {
		return nil, errors.Join(fmt.Errorf("sessions: %w", err), p.store.Close())
	}
	p.shop = shop.New(shop.Options{Database: c.db, Started: started, History: watch.Last, Secure: c.secure(),
		Accounts: account.New(p.store, so.Cache, log)}, p.site, p.store, p.sessions)
	p.inspector = inspector.New(inspector.Options{Database: c.db, Started: started, CartOf: shop.CartOf, Accounts: p.shop.Accounts}, p.site, p.store, p.sessions, watch)
	return p, nil
}

// openStore opens the database. It waits for a server that is away: a machine that starts,
// or a failover, must not need an operator for each node. wait is told why it waits.
func openStore(ctx context.Context, c config, log *slog.Logger, wait func(reason string)) (*store.Store, error) {
	const pause = time.Second
	for end := time.Now().Add(c.wait); ; {
		s, err := store.Open(ctx, c.db, log)
		switch {
		case err == nil:
			return s, nil
		case ctx.Err() != nil:
			return nil, context.Cause(ctx)
		case !store.IsAway(err) || !time.Now().Before(end):
			return nil, err
		}
		log.Warn("the start waits for the database", "error", err)
		wait(store.NotReady(err))
		_ = query.Pause(ctx, pause) // Open fails once ctx has ended
	}
}
