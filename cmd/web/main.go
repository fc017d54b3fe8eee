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
	signal.Ignore(syscall.SIGPIPE) // the reader of the log may go: lines are lost then, and no cart
	err := run(ctx, os.Args[1:], os.Environ(), os.Stdout, os.Stderr)
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
	case errors.Is(err, errUsage):
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	default:
		fmt.Fprintln(os.Stderr, "trolley:", err)
		os.Exit(1)
	}
}

// gcPercent trades some 30 MB of memory for processor time: the shop keeps little
// and throws much away, and Go's default of 100 would collect hundreds of times a
// second.
const gcPercent = 400

// run is main without the process: it serves until ctx ends and returns when
// everything is put away.
func run(ctx context.Context, args, environ []string, stdout, stderr io.Writer) error {
	c, err := parseConfig(args, environ, stderr)
	if err != nil {
		return err
	}
	if c.version {
		fmt.Fprintln(stdout, version.Of("trolley"))
		return nil
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	log := newLogger(c.logFormat, c.logLevel, stderr)
	slog.SetDefault(log) // for what libraries log
	cert, err := loadCertificate(c.tlsCert, c.tlsKey, log)
	if err != nil {
		return err
	}
	l, err := listen(c)
	if err != nil {
		return err
	}
	defer l.close()
	p, err := newProgram(ctx, c, log)
	if err != nil {
		return err
	}
	p.certificate = cert
	return errors.Join(p.serve(ctx, c, l, stdout), p.store.Close())
}

// program is the shop, the inspector, and what they stand on.
type program struct {
	store     *store.Store
	site      *web.Site
	sessions  *session.Manager
	shop      *shop.Shop
	inspector *inspector.Inspector

	certificate *certificate // nil without HTTPS
}

// newProgram opens the database and wires everything.
func newProgram(ctx context.Context, c config, log *slog.Logger) (p *program, err error) {
	started, watch := time.Now(), inspector.NewRecorder()
	p = new(program)
	if p.store, err = openStore(ctx, c, log); err != nil {
		return nil, err
	}
	if p.site, err = web.New(ui.Files, web.Options{BaseURL: c.baseURL, Log: log, AccessLog: c.accessLog, Problem: shop.Explain,
		TrustedProxies: c.trustedProxies, HSTSSubdomains: c.hstsSubdomains}); err != nil {
		return nil, errors.Join(err, p.store.Close())
	}
	so := session.Options{Engine: engine(p.store.Engine()), Lifetime: c.lifetime, IdleTimeout: c.idleTimeout, Secure: c.secure(),
		Cookie: shop.SessionCookie(), Reader: p.store.Read(), Log: log, Error: p.site.Refuse,
		Client: p.site.ClientNetwork, Limit: shop.LimitSessions(p.site)}
	if cache := p.store.SessionCache(); cache != nil {
		so.Cache = cache // of the accounts as well
	}
	if c.opsAddr != "" {
		so.Observe = watch.Observe
	}
	if p.sessions, err = session.New(p.store.Write(), so); err != nil {
		return nil, errors.Join(fmt.Errorf("sessions: %w", err), p.store.Close())
	}
	p.shop = shop.New(shop.Options{Database: c.db, Started: started, Secure: c.secure(),
		Accounts: account.New(p.store, so.Cache, log)}, p.site, p.store, p.sessions)
	p.inspector = inspector.New(inspector.Options{Database: c.db, Started: started, CartOf: shop.CartOf, Accounts: p.shop.Accounts}, p.site, p.store, p.sessions, watch)
	return p, nil
}

// openStore opens the database. It waits for a server that is away: a machine that starts,
// or a failover, must not need an operator for each node.
func openStore(ctx context.Context, c config, log *slog.Logger) (*store.Store, error) {
	const pause = time.Second
	for end := time.Now().Add(c.wait); ; {
		s, err := store.Open(ctx, c.db, log)
		if err == nil || !store.IsAway(err) || !time.Now().Before(end) {
			return s, err
		}
		log.Warn("the start waits for the database", "error", err)
		if err := query.Pause(ctx, pause); err != nil {
			return nil, err
		}
	}
}

// engine is the kind of database as the session manager calls it.
func engine(e store.Engine) session.Engine {
	if e == store.Postgres {
		return session.Postgres
	}
	return session.SQLite
}
