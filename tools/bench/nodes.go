package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"trolley/test/pgtest"
)

const (
	maxNodes  = 3 // on one PostgreSQL
	nodeConns = 32
)

// nodesTable measures the shop on 1 to maxNodes nodes, which share a PostgreSQL, this
// machine, and the load: a session's requests go to all of them.
func nodesTable(ctx context.Context, s settings, bins binaries) error {
	all := make(results)
	for round := range s.rounds {
		for i := range maxNodes {
			n := (i+round)%maxNodes + 1
			fmt.Fprintf(os.Stderr, "round %d of %d: %d nodes\n", round+1, s.rounds, n)
			if err := measureNodes(ctx, s, bins, n, all); err != nil {
				return fmt.Errorf("%d nodes: %w", n, err)
			}
		}
	}
	fmt.Printf("\n### nodes on one PostgreSQL, %d connections\n\n| nodes | mixed | of one | adds | of one |\n|--:|--:|--:|--:|--:|\n", nodeConns)
	for n := 1; n <= maxNodes; n++ {
		fmt.Printf("| %d |", n)
		for _, profile := range []string{mixed, adds} {
			rate, first := all.median(onNodes(n, profile)).rate, all.median(onNodes(1, profile)).rate
			fmt.Printf(" %.0f/s | %.2f |", rate, rate/first)
		}
		fmt.Println()
	}
	return nil
}

func onNodes(n int, profile string) cell { return cell{strconv.Itoa(n), profile, nodeConns} }

func measureNodes(ctx context.Context, s settings, bins binaries, n int, all results) error {
	cluster, err := pgtest.Temporary()
	if err != nil {
		return err
	}
	defer cluster.Close()
	db := cluster.URL("postgres")
	if err := prepare(ctx, db, nil); err != nil {
		return err
	}
	var nodes []*server
	for range n {
		node := &server{db: db, with: strings.Fields(s.with)}
		if err := node.run(ctx, bins.trolley); err != nil {
			return err
		}
		defer node.stop()
		nodes = append(nodes, node)
	}
	shop, err := newShop(nodes[0], s.sessions, false)
	if err != nil {
		return err
	}
	for _, node := range nodes[1:] {
		shop.others = append(shop.others, node.addr)
	}
	if _, err := shop.load(ctx, mixed, nodeConns, time.Second); err != nil { // opens connections, fills caches
		return err
	}
	for _, profile := range []string{mixed, adds} {
		m, err := shop.load(ctx, profile, nodeConns, s.duration)
		if err != nil {
			return err
		}
		if m.errors > 0 || m.lost > 0 {
			return fmt.Errorf("%s: %d errors, %d adds lost", profile, m.errors, m.lost)
		}
		all.add(onNodes(n, profile), m)
	}
	return nil
}
