package pgtest

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

// user is the superuser of every cluster made here; nobody needs a password.
const user = "trolley"

// Cluster is a PostgreSQL server with its own files. The methods that
// return nothing fail the test that it belongs to.
type Cluster struct {
	Host string // host:port

	t        testing.TB // nil for the shared one and for temporary ones
	root     string     // of all its files; the server's user owns it
	settings []string   // name=value
	keeper   io.Closer
}

// Start returns a running cluster that the test may stop, crash and promote. It
// keeps what it commits, as one in production does, unless settings
// ("name=value") say otherwise.
func Start(t testing.TB, settings ...string) *Cluster {
	t.Helper()
	need(t)
	c, err := newCluster(settings...)
	if err != nil {
		t.Fatal(err)
	}
	c.adopt(t)
	c.Restart()
	return c
}

// Temporary returns a running cluster for a program that is no test: with what it
// commits flushed to the disk, and gone with the process, however that ends, or
// with Close.
func Temporary(settings ...string) (*Cluster, error) {
	if !isInstalled() {
		return nil, errors.New("PostgreSQL is not installed: apt install postgresql")
	}
	c, err := newCluster(settings...)
	if err != nil {
		return nil, err
	}
	if err := c.start(); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// Close stops a temporary cluster and removes its files.
func (c *Cluster) Close() error { return c.keeper.Close() }

// adopt has the cluster go when the test ends.
func (c *Cluster) adopt(t testing.TB) {
	c.t = t
	t.Cleanup(func() { c.keeper.Close() })
}

// URL returns the URL of one of the cluster's databases; "postgres" is there
// from the start.
func (c *Cluster) URL(database string) string {
	return fmt.Sprintf("postgres://%s@%s/%s?sslmode=disable", user, c.Host, database)
}

// Crash ends the server at once, as a crash of its process does: nothing is
// flushed, and connections break.
func (c *Cluster) Crash() {
	c.t.Helper()
	c.run("pg_ctl", "stop", "-m", "immediate", "-D", c.data())
}

// Restart starts a server that does not run, on the port that it had.
func (c *Cluster) Restart() {
	c.t.Helper()
	if err := c.start(); err != nil {
		c.t.Fatal(err)
	}
}

// Standby returns a running copy that follows the cluster and answers reads.
func (c *Cluster) Standby() *Cluster {
	c.t.Helper()
	s, err := newFiles(c.settings...)
	if err != nil {
		c.t.Fatal(err)
	}
	s.adopt(c.t)
	host, port, _ := net.SplitHostPort(c.Host)
	s.run("pg_basebackup", "-D", s.data(), "-R", "-X", "stream", "-c", "fast", "--no-sync", "-h", host, "-p", port, "-U", user)
	s.Restart()
	return s
}

// Promote makes a standby a primary.
func (c *Cluster) Promote() {
	c.t.Helper()
	c.run("pg_ctl", "promote", "-w", "-D", c.data())
}

func (c *Cluster) run(program string, args ...string) {
	c.t.Helper()
	if err := c.command(program, args...); err != nil {
		c.t.Fatal(err)
	}
}

func newCluster(settings ...string) (*Cluster, error) {
	c, err := newFiles(settings...)
	if err != nil {
		return nil, err
	}
	args := []string{"-D", c.data(), "-U", user, "--auth=trust", "--encoding=UTF8", "--no-sync"}
	if runtime.GOOS == "linux" {
		args = append(args, "--locale=C.UTF-8")
	}
	if err := c.command("initdb", args...); err != nil {
		return nil, errors.Join(err, c.keeper.Close())
	}
	return c, nil
}

// newFiles makes a cluster's directory, and has it go with the test binary. Its
// path is short: that of a socket has at most 107 bytes.
func newFiles(settings ...string) (*Cluster, error) {
	parent := "/tmp"
	if _, err := os.Stat(parent); err != nil {
		parent = ""
	}
	root, err := os.MkdirTemp(parent, "trolley-pg-")
	if err != nil {
		return nil, err
	}
	if err := give(root); err != nil {
		return nil, err
	}
	k, err := keep(root)
	return &Cluster{root: root, settings: settings, keeper: k}, err
}

func (c *Cluster) data() string { return filepath.Join(c.root, "data") }

func (c *Cluster) log() string { return filepath.Join(c.root, "log") }

// start starts the server. The first time it looks for a free port, which
// another process may take before the server does.
func (c *Cluster) start() error {
	var err error
	for range 5 {
		host := c.Host
		if host == "" {
			if host, err = freePort(); err != nil {
				return err
			}
		}
		if err = c.startOn(host); err == nil || c.Host != "" {
			break
		}
	}
	if err != nil {
		log, _ := os.ReadFile(c.log())
		return fmt.Errorf("start PostgreSQL: %w\n%s", err, log)
	}
	return nil
}

func (c *Cluster) startOn(host string) error {
	_, port, _ := net.SplitHostPort(host)
	options := "-p " + port + " -k " + c.root + " -c listen_addresses=127.0.0.1"
	// A zone that nobody forgets to convert from: +12:45, or +13:45 in summer.
	for _, s := range append(c.settings, "timezone=Pacific/Chatham") {
		options += " -c " + s
	}
	err := c.command("pg_ctl", "start", "-w", "-t", "60", "-D", c.data(), "-l", c.log(), "-o", options)
	if err == nil {
		c.Host = host
	}
	return err
}

func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return "127.0.0.1:" + strconv.Itoa(l.Addr().(*net.TCPAddr).Port), l.Close()
}

// command runs one of PostgreSQL's programs to its end.
func (c *Cluster) command(name string, args ...string) error {
	cmd := exec.Command(program(name), args...)
	prepare(cmd, c.root)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, out)
	}
	return nil
}

// prepare has cmd run as the server's user, without settings of whoever runs
// the tests.
func prepare(cmd *exec.Cmd, root string) {
	asServer(cmd)
	cmd.Dir = root
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + root, "LC_ALL=C", "TZ=UTC"}
}
