package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"trolley/internal/store"
	"trolley/tools/child"
)

// variant is one way to keep the sessions of the same shop.
type variant struct {
	name, what string
	stock      func(dir string) string // TROLLEY_STOCK; nil for Trolley itself
	members    bool                    // each visitor is signed in to an account
}

var variants = []variant{
	{"memory", "scs memstore", func(string) string { return "memory" }, false},
	{"tutorial", "scs sqlite3store, no pragmas", func(dir string) string { return dir + "/stock.db" }, false},
	{"normal", "the same, WAL and NORMAL", stockDSN("NORMAL"), false},
	{"full", "the same, WAL and FULL", stockDSN("FULL"), false},
	{"trolley", "Trolley, FULL", nil, false},
	{"members", "Trolley, FULL, signed in", nil, true},
}

func stockDSN(synchronous string) func(string) string {
	return func(dir string) string {
		return "file:" + dir + "/stock.db?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(" + synchronous + ")"
	}
}

// binaries are the shop, and the shop with stock sessions.
type binaries struct{ trolley, stock string }

func build(ctx context.Context, dir string) (binaries, error) {
	b := binaries{filepath.Join(dir, "trolley"), filepath.Join(dir, "stock")}
	for _, args := range [][]string{{"build", "-o", b.trolley, "./cmd/web"}, {"build", "-o", b.stock, "./tools/bench/stock"}} {
		c := exec.CommandContext(ctx, "go", args...)
		c.Stderr = os.Stderr
		if err := c.Run(); err != nil {
			return b, fmt.Errorf("go %s: %w", strings.Join(args, " "), err)
		}
	}
	return b, nil
}

// server is a shop that was started here.
type server struct {
	addr    string // host:port
	ops     string // of the metrics; "" for scs's
	db      string
	with    []string // a command that runs the shop's
	process *exec.Cmd
	started time.Duration // from exec to the first answer
}

// start starts a variant on an empty folder, after fill has had its way with
// the database, and waits for the first answer.
func start(ctx context.Context, bins binaries, dir string, v variant, fill func(*sql.DB) error) (*server, error) {
	if err := errors.Join(os.RemoveAll(dir), os.MkdirAll(dir, 0o700)); err != nil {
		return nil, err
	}
	s := &server{db: filepath.Join(dir, "shop.db")}
	if err := prepare(ctx, s.db, fill); err != nil {
		return nil, err
	}
	if v.stock != nil {
		return s, s.run(ctx, bins.stock, "TROLLEY_STOCK="+v.stock(dir))
	}
	var err error
	if s.ops, err = child.FreeAddr(); err != nil {
		return nil, err
	}
	return s, s.run(ctx, bins.trolley)
}

// run starts the program on the database of s and waits for the first answer.
func (s *server) run(ctx context.Context, bin string, env ...string) (err error) {
	if s.addr, err = child.FreeAddr(); err != nil {
		return err
	}
	args := append(s.with, bin, "-addr", s.addr, "-ops-addr", s.ops)
	s.process = exec.Command(args[0], args[1:]...)
	s.process.Env = append(append(child.Environ(), "TROLLEY_DB="+s.db), env...)
	began := time.Now()
	if err := s.process.Start(); err != nil {
		return err
	}
	if err = child.Ready(ctx, s.addr); err != nil {
		s.stop()
	}
	s.started = time.Since(began)
	return err
}

func (s *server) stop() { child.Stop(s.process) }

// prepare makes the database, with so much stock that none runs out.
func prepare(ctx context.Context, db string, fill func(*sql.DB) error) error {
	s, err := store.Open(ctx, db, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	_, err = s.Write().ExecContext(ctx, "UPDATE products SET stock = 1000000")
	if err == nil && fill != nil {
		err = fill(s.Write())
	}
	return errors.Join(err, s.Close())
}

// cpu returns the processor time that the server has used; 0 where there is no /proc.
func (s *server) cpu() time.Duration {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.process.Process.Pid))
	if err != nil {
		return 0
	}
	// The name, field 2, is in brackets and may hold spaces; utime is 14, stime 15.
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	const tick = 10 * time.Millisecond // USER_HZ is 100 on all of Linux
	var ticks time.Duration
	for _, f := range fields[11:13] {
		n, _ := strconv.Atoi(f)
		ticks += time.Duration(n)
	}
	return ticks * tick
}

// rss returns the server's resident memory in MiB; 0 where there is no /proc.
func (s *server) rss() int {
	statm, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", s.process.Process.Pid))
	fields := strings.Fields(string(statm))
	if err != nil || len(fields) < 2 {
		return 0
	}
	pages, _ := strconv.Atoi(fields[1])
	return pages * os.Getpagesize() >> 20
}
