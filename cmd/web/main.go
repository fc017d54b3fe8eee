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

	"trolley/internal/store"
	"trolley/session"
	"trolley/ui"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
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
func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) error {
	c, err := parseConfig(args, getenv, stderr)
	if err != nil {
		return err
	}
	if c.version {
		fmt.Fprintln(stdout, version())
		return nil
	}
	if getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	log := newLogger(c.logFormat, stderr)
	slog.SetDefault(log) // for what libraries log
	s, err := store.Open(ctx, c.db, log)
	if err != nil {
		return err
	}
	app, err := newApplication(c.options(time.Now()), s, ui.Files, log)
	if err != nil {
		return errors.Join(err, s.Close())
	}
	return errors.Join(app.serve(ctx, c, stdout), s.Close())
}

// options are those of the pages.
func (c config) options(started time.Time) options {
	return options{
		BaseURL: c.baseURL, Database: c.db, Started: started, Uninspected: c.opsAddr == "",
		Sessions: session.Options{Lifetime: c.lifetime, IdleTimeout: c.idleTimeout, Secure: c.secure()},
	}
}
