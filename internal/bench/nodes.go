package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"time"

	"trolley/internal/pgtest"
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
		node, err := startNode(ctx, bins, db)
		if err != nil {
			return err
		}
		defer node.stop()
		nodes = append(nodes, node)
	}
	shop, err := newShop(nodes[0], s.sessions)
	if err != nil {
		return err
	}
	for _, node := range nodes[1:] {
		shop.others = append(shop.others, node.addr)
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

// startNode starts a node on a PostgreSQL database.
func startNode(ctx context.Context, bins binaries, db string) (*server, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	s := &server{addr: net.JoinHostPort("127.0.0.1", port)}
	s.process = exec.Command(bins.trolley, "-addr", s.addr, "-ops-addr", "")
	s.process.Env = append(os.Environ(), "TROLLEY_DB="+db)
	began := time.Now()
	if err := s.process.Start(); err != nil {
		return nil, err
	}
	if err = s.wait(ctx); err != nil {
		s.stop()
	}
	s.started = time.Since(began)
	return s, err
}
