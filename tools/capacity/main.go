// Command capacity says what a number of sessions takes on PostgreSQL: it fills
// a temporary server with some of them, has that weigh what they take, and
// multiplies. docs/scaling.md quotes it.
//
//	go run ./tools/capacity -sessions 100000000
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"

	"trolley/test/pgtest"
)

// plan is what is assumed of the shop.
type plan struct {
	sessions float64       // alive at once
	lines    int           // in a cart
	lifetime time.Duration // of a session
	adds     float64       // changes of a cart in a session's life
	views    float64       // pages in a session's life, the adds not counted
	peak     float64       // how many times as much as on average goes on in the busiest minute
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var p plan
	flag.Float64Var(&p.sessions, "sessions", 100e6, "sessions alive at once")
	flag.IntVar(&p.lines, "lines", 3, "lines in a cart")
	flag.DurationVar(&p.lifetime, "lifetime", 720*time.Hour, "of a session")
	flag.Float64Var(&p.adds, "adds", 4, "changes of a cart in a session's life")
	flag.Float64Var(&p.views, "views", 20, "other pages in a session's life")
	flag.Float64Var(&p.peak, "peak", 5, "the busiest minute, as a multiple of the average")
	sample := flag.Int("sample", 200_000, "sessions to weigh")
	flag.Parse()
	if err := run(ctx, p, *sample, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "capacity:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, p plan, sample int, out io.Writer) (err error) {
	cluster, err := pgtest.Temporary()
	if err != nil {
		return err
	}
	defer cluster.Close()
	w, err := weigh(ctx, cluster.URL("postgres"), sample, p.lines)
	if err != nil {
		return err
	}
	w.print(out, sample, p.lines)
	p.print(out, w)
	return nil
}

func (w weight) print(out io.Writer, sample, lines int) {
	fmt.Fprintf(out, "Weighed: %d sessions of %d lines, %.0f bytes of JSON each\n\n", sample, lines, w.data)
	fmt.Fprintln(out, "| bytes | |\n|--:|---|")
	for _, row := range []struct {
		bytes float64
		what  string
	}{
		{w.heap, "a session's row"}, {w.primary, "its entry in the primary key"}, {w.expiry, "its entry in the index of expiries"},
		{w.insert, "log of a new session"}, {w.add, "log of an add"}, {w.addCold, "log of an add that is the first on its page since a checkpoint"},
		{w.touch, "log of a touch (idle timeout)"}, {w.purge, "log of a purged session"},
	} {
		fmt.Fprintf(out, "| %.0f | %s |\n", row.bytes, row.what)
	}
}

func (p plan) print(out io.Writer, w weight) {
	begin := p.sessions / p.lifetime.Seconds()
	adds := begin * p.adds
	const gib, day = 1 << 30, 86400
	logged := begin*(w.insert+w.purge) + adds*w.addCold
	fmt.Fprintf(out, "\nFor %.0f sessions of %v, %.0f adds and %.0f other pages each; at the peak %.0f times the average\n\n", p.sessions, p.lifetime, p.adds, p.views, p.peak)
	fmt.Fprintln(out, "| | average | peak |\n|---|--:|--:|")
	fmt.Fprintf(out, "| new sessions, and purged ones, a second | %.0f | %.0f |\n", begin, begin*p.peak)
	fmt.Fprintf(out, "| adds a second | %.0f | %.0f |\n", adds, adds*p.peak)
	fmt.Fprintf(out, "| rows read a second | %.0f | %.0f |\n", begin*(p.adds+p.views), begin*(p.adds+p.views)*p.peak)
	fmt.Fprintf(out, "| log, MB a second | %.1f | %.1f |\n", logged/1e6, logged*p.peak/1e6)
	fmt.Fprintf(out, "| log, GiB a day | %.0f | |\n", logged*day/gib)
	fmt.Fprintf(out, "| table, GiB | %.0f | |\n", p.sessions*w.heap/gib)
	fmt.Fprintf(out, "| indexes, GiB | %.0f | |\n", p.sessions*(w.primary+w.expiry)/gib)
}
