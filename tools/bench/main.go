// Command bench measures Trolley against the same shop with its sessions kept in
// other ways, in one run: every round starts each variant on fresh files and
// loads it with the same requests, so that the ratios between them mean
// something even where the machine is noisy. `make bench` runs it.
//
// It starts the servers itself, on loopback, and ends only those.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"time"
)

type settings struct {
	rounds   int
	duration time.Duration
	sessions int
	conns    []int
	variants string
	sizes    bool
	nodes    bool
	with     string
	out      string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var s settings
	flag.IntVar(&s.rounds, "rounds", 3, "rounds; the table has medians")
	flag.DurationVar(&s.duration, "duration", 3*time.Second, "of each measurement")
	flag.IntVar(&s.sessions, "sessions", 3000, "sessions that the load is spread over")
	flag.StringVar(&s.variants, "variants", "memory,tutorial,normal,full,trolley", "what to measure")
	flag.BoolVar(&s.sizes, "sizes", true, "measure cost against size as well")
	flag.BoolVar(&s.nodes, "nodes", false, "measure 1 to 3 nodes on a temporary PostgreSQL, and nothing else")
	flag.StringVar(&s.with, "with", "", "`command` that runs each node, such as a script that limits its processor time")
	flag.StringVar(&s.out, "out", "docs", "folder for benchmarks.svg")
	flag.Parse()
	s.conns = []int{1, 32, 256}
	if err := run(ctx, s); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, s settings) error {
	dir, err := os.MkdirTemp("", "trolley-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	bins, err := build(ctx, dir)
	if err != nil {
		return err
	}
	if s.nodes {
		return nodesTable(ctx, s, bins)
	}
	results, err := compare(ctx, s, bins, dir)
	if err != nil {
		return err
	}
	table(os.Stdout, results)
	if err := os.WriteFile(filepath.Join(s.out, "benchmarks.svg"), []byte(plot(results)), 0o644); err != nil {
		return err
	}
	if s.sizes {
		return sizes(ctx, s, bins, dir)
	}
	return nil
}

// compare measures every variant in every round, another one first each time.
func compare(ctx context.Context, s settings, bins binaries, dir string) (results, error) {
	chosen := pick(s.variants)
	all := make(results)
	for round := range s.rounds {
		for i := range chosen {
			v := chosen[(i+round)%len(chosen)]
			fmt.Fprintf(os.Stderr, "round %d of %d: %s\n", round+1, s.rounds, v.name)
			if err := measure(ctx, s, bins, dir, v, all); err != nil {
				return nil, fmt.Errorf("%s: %w", v.name, err)
			}
		}
	}
	return all, nil
}

// measure runs all profiles on one fresh server.
func measure(ctx context.Context, s settings, bins binaries, dir string, v variant, all results) error {
	server, err := start(ctx, bins, filepath.Join(dir, "data"), v, nil)
	if err != nil {
		return err
	}
	defer server.stop()
	shop, err := newShop(server, s.sessions, v.members)
	if err != nil {
		return err
	}
	for _, profile := range []string{mixed, adds} {
		for _, conns := range s.conns {
			m, err := shop.load(ctx, profile, conns, s.duration)
			if err != nil {
				return err
			}
			all.add(cell{v.name, profile, conns}, m)
		}
	}
	return nil
}

func pick(names string) (chosen []variant) {
	for _, v := range variants {
		if strings.Contains(","+names+",", ","+v.name+",") {
			chosen = append(chosen, v)
		}
	}
	return chosen
}
