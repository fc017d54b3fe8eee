// Command nodes shows one shop on several nodes: it starts a temporary
// PostgreSQL, nodes of the shop on it, and a balancer that sends each request to the
// next of them. `make nodes` runs it.
//
// It takes PostgreSQL's programs and no server: what it starts listens on
// loopback only, and goes, data and all, when it ends.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"trolley/test/pgtest"
	"trolley/tools/child"
	"trolley/tools/loadbalancer"
)

func main() {
	addr := flag.String("addr", "localhost:4000", "serve the shop, all nodes in turn, on `host:port`")
	nodes := flag.Int("nodes", 2, "`number` of nodes")
	db := flag.String("db", "", "an existing database, postgres://...; by default a temporary one")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *addr, *nodes, *db, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "nodes:", err)
		os.Exit(1)
	}
}

// run serves until ctx ends. A node that ends before is left out, for that is
// what this is here to show.
func run(ctx context.Context, addr string, count int, db string, out io.Writer) (err error) {
	if db == "" {
		cluster, err := pgtest.Temporary()
		if err != nil {
			return err
		}
		defer cluster.Close()
		db = cluster.URL("postgres")
	}
	dir, err := os.MkdirTemp("", "trolley-nodes-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	bin := filepath.Join(dir, "trolley")
	if text, err := exec.CommandContext(ctx, "go", "build", "-o", bin, "trolley/cmd/web").CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w\n%s", err, text)
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	defer l.Close()
	fmt.Fprintf(out, "Shop       http://%s  each request to the next node\n", l.Addr())
	var addresses []string
	for i := range count {
		n, err := start(bin, db)
		if err != nil {
			return err
		}
		defer child.Stop(n.process)
		addresses = append(addresses, n.addr)
		fmt.Fprintf(out, "Node %d     http://%s  kill -9 %d\n", i+1, n.addr, n.process.Process.Pid)
	}
	for _, a := range addresses {
		if err := child.Ready(ctx, a); err != nil {
			return err
		}
	}
	fmt.Fprintf(out, "The table  psql '%s' -c 'SELECT * FROM session_carts'\n", db)
	return serve(ctx, l, loadbalancer.New(addresses...))
}

func serve(ctx context.Context, l net.Listener, h http.Handler) error {
	s := &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second}
	context.AfterFunc(ctx, func() { s.Close() })
	if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// node is a process of the shop.
type node struct {
	addr    string
	process *exec.Cmd
}

func start(bin, db string) (*node, error) {
	addr, err := child.FreeAddr()
	if err != nil {
		return nil, err
	}
	process := exec.Command(bin, "-addr", addr, "-ops-addr", "")
	process.Env = append(child.Environ(), "TROLLEY_DB="+db)
	process.Stderr = os.Stderr
	return &node{addr, process}, process.Start()
}
