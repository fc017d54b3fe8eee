package pgtest

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"trolley/test/proctest"
)

// NewPooler returns the URL by which the database of a URL of [New] is reached through a
// PgBouncer that gives each transaction another server process, of one or two. It goes
// with the test.
func NewPooler(t testing.TB, dsn string) string {
	t.Helper()
	bouncer := proctest.NeedServer(t, "pgbouncer")
	if server(t).foreign {
		proctest.NotTested(t, "PgBouncer needs a PostgreSQL that the test has started")
	}
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	root, err := os.MkdirTemp("/tmp", "trolley-pool-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(root) })
	host, port, _ := net.SplitHostPort(u.Host)
	own, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	_, ownPort, _ := net.SplitHostPort(own)
	config := fmt.Sprintf(`[databases]
* = host=%s port=%s
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = %s
unix_socket_dir =
auth_type = trust
auth_file = %s/users
pool_mode = transaction
default_pool_size = 2
ignore_startup_parameters = statement_timeout,lock_timeout,idle_in_transaction_session_timeout
`, host, port, ownPort, root)
	file := filepath.Join(root, "ini")
	for name, text := range map[string]string{file: config, filepath.Join(root, "users"): `"` + user + `" ""` + "\n"} {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(root, 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(bouncer, "-q", file)
	prepare(cmd, root)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	for {
		c, err := net.Dial("tcp", own)
		if err == nil {
			c.Close()
			break
		}
		if t.Context().Err() != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Millisecond)
	}
	u.Host = own
	return u.String()
}
