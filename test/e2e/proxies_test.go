package e2e

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"trolley/test/blackbox"
	"trolley/test/proctest"
	"trolley/tools/child"
)

// proxy is a program that docs/proxies has a configuration for.
type proxy struct {
	name, file string
	args       func(t *testing.T, dir, config string) []string
	mayFail    int64 // requests, while nodes restart
}

// proxies are those of docs/proxies.
var proxies = []proxy{
	{"haproxy", "haproxy.cfg", func(_ *testing.T, _, config string) []string { return []string{"-db", "-f", config} }, 0},
	{"caddy", "Caddyfile", func(_ *testing.T, _, config string) []string {
		return []string{"run", "--config", config, "--adapter", "caddyfile"}
	}, 0},
	{"nginx", "nginx.conf", func(t *testing.T, dir, config string) []string {
		main := "daemon off; pid nginx.pid; error_log stderr; events {} http { access_log off; include " + config + "; }"
		if err := os.WriteFile(filepath.Join(dir, "main.conf"), []byte(main), 0o644); err != nil {
			t.Fatal(err)
		}
		return []string{"-p", dir, "-c", filepath.Join(dir, "main.conf")}
	}, 20},
}

// TestRestartsBehindAProxyFailNoRequest restarts two nodes, one after the other, behind
// each proxy as docs/proxies has it. Free nginx checks no node: a request that is on its
// way when a node closes its connection may fail.
func TestRestartsBehindAProxyFailNoRequest(t *testing.T) {
	for _, proxy := range proxies {
		t.Run(proxy.name, func(t *testing.T) {
			t.Parallel()
			nodes := []*shop{plenty(t, "-trusted-proxies", "127.0.0.1")}
			nodes = append(nodes, start(t, nodes[0].DB, "-trusted-proxies", "127.0.0.1"))
			visitors := behind(t, proxy.name, nodes)
			sent, failed := loadDuring(t, visitors, func() {
				for i, n := range nodes {
					n.Signal(t, syscall.SIGTERM)
					if code := n.Exit(t); code != 0 {
						t.Errorf("exit code %d", code)
					}
					nodes[i] = start(t, n.DB, "-trusted-proxies", "127.0.0.1", "-addr", n.Host())
					time.Sleep(3 * time.Second) // some health checks
				}
			})
			t.Logf("%d of %d requests failed", failed, sent)
			if failed > proxy.mayFail {
				t.Errorf("%d of %d requests failed, want %d at most", failed, sent, proxy.mayFail)
			}
		})
	}
}

// behind starts a proxy in front of two nodes. The configuration is that of docs/proxies,
// with each other replaced.
func behind(t *testing.T, name string, nodes []*shop, others ...string) *blackbox.Shop {
	t.Helper()
	proxy := proxies[slices.IndexFunc(proxies, func(p proxy) bool { return p.name == name })]
	program, dir := proctest.NeedServer(t, name), t.TempDir()
	front, err := child.FreeAddr()
	if err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(dir, proxy.file)
	adapt(t, filepath.Join("../../docs/proxies", proxy.file), config, front, nodes, others...)
	runProxy(t, dir, program, proxy.args(t, dir, config)...)
	s := &blackbox.Shop{URL: "http://" + front, DB: nodes[0].DB, Client: blackbox.NewClient(t, nil)}
	for end := time.Now().Add(proctest.Patience); (blackbox.Request{Shop: s, Path: "/"}).Send(t.Context()).Status != 200; {
		if time.Now().After(end) {
			t.Fatal("the proxy does not answer")
		}
		time.Sleep(50 * time.Millisecond)
	}
	return s
}

// The proxies that can limit do, and let through whoever has a session, and who looks.
func TestProxiesLimitNewSessions(t *testing.T) {
	for _, name := range []string{"haproxy", "nginx"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			node := plenty(t, "-trusted-proxies", "127.0.0.1")
			front := &shop{behind(t, name, []*shop{node, node}, "127.0.0.0/8", "192.0.2.0/24")}
			cookie := front.begin(t, "thing-1")
			limited := false
			for n := 0; n < 5000 && !limited; n++ {
				limited = front.post(t, "/cart/items", "", "sku", "thing-2").Status == http.StatusTooManyRequests
			}
			if !limited {
				t.Error("5000 new sessions, and no limit")
			}
			front.post(t, "/cart/items", cookie, "sku", "thing-2").Want(t, http.StatusSeeOther)
			front.get(t, "/", "").Want(t, http.StatusOK)
		})
	}
}

// adapt copies a configuration with other addresses.
func adapt(t *testing.T, from, to, front string, nodes []*shop, others ...string) {
	t.Helper()
	text, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := strings.Cut(front, ":")
	adapted := strings.NewReplacer(append(others, "127.0.0.1:4101", nodes[0].Host(), "127.0.0.1:4102", nodes[1].Host(),
		"bind :8080", "bind "+front, "listen 8080", "listen "+front, "\n:8080 {", "\n{\n\tadmin off\n}\nhttp://127.0.0.1:"+port+" {")...).Replace(string(text))
	if err := os.WriteFile(to, []byte(adapted), 0o644); err != nil {
		t.Fatal(err)
	}
}

// runProxy runs a proxy until the test ends.
func runProxy(t *testing.T, dir, program string, args ...string) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = append(os.Environ(), "HOME="+dir, "XDG_DATA_HOME="+dir, "XDG_CONFIG_HOME="+dir)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	var log proctest.Output
	cmd.Stderr, cmd.Stdout = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("the proxy's log: %s", log.String())
		}
	})
}

// loadDuring sends requests, a quarter of them adds, from before f until after it.
func loadDuring(t *testing.T, s *blackbox.Shop, f func()) (sent, failed int64) {
	t.Helper()
	var all, bad atomic.Int64
	stop := make(chan struct{})
	var load sync.WaitGroup
	for client := range 8 {
		load.Go(func() {
			for n := client; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				r := blackbox.Request{Shop: s, Path: "/"}
				if n%4 == 0 {
					r = blackbox.Request{Shop: s, Path: "/cart/items", Form: blackbox.Form("sku", fmt.Sprintf("thing-%d", 2+n%8))}
				}
				all.Add(1)
				if a := r.Send(t.Context()); a.Err != nil || a.Status >= 400 {
					bad.Add(1)
					t.Logf("%s: status %d, %v", r.Path, a.Status, a.Err)
				}
			}
		})
	}
	f()
	close(stop)
	load.Wait()
	return all.Load(), bad.Load()
}
