package e2e

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
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

// TestRestartsBehindAProxyFailNoRequest restarts two nodes, one after the other, behind
// each proxy as docs/proxies has it. Free nginx checks no node: a request that is on its
// way when a node closes its connection may fail.
func TestRestartsBehindAProxyFailNoRequest(t *testing.T) {
	for _, proxy := range []struct {
		name, file string
		args       func(dir, config string) []string
		mayFail    int64 // requests
	}{
		{"haproxy", "haproxy.cfg", func(_, config string) []string { return []string{"-db", "-f", config} }, 0},
		{"caddy", "Caddyfile", func(_, config string) []string {
			return []string{"run", "--config", config, "--adapter", "caddyfile"}
		}, 0},
		{"nginx", "nginx.conf", func(dir, config string) []string {
			main := "daemon off; pid nginx.pid; error_log stderr; events {} http { access_log off; include " + config + "; }"
			if err := os.WriteFile(filepath.Join(dir, "main.conf"), []byte(main), 0o644); err != nil {
				t.Fatal(err)
			}
			return []string{"-p", dir, "-c", filepath.Join(dir, "main.conf")}
		}, 20},
	} {
		t.Run(proxy.name, func(t *testing.T) {
			t.Parallel()
			program := proctest.NeedServer(t, proxy.name)
			nodes := []*shop{plenty(t, "-trusted-proxies", "127.0.0.1")}
			nodes = append(nodes, start(t, nodes[0].DB, "-trusted-proxies", "127.0.0.1"))
			dir := t.TempDir()
			front, err := child.FreeAddr()
			if err != nil {
				t.Fatal(err)
			}
			config := filepath.Join(dir, proxy.file)
			adapt(t, filepath.Join("../../docs/proxies", proxy.file), config, front, nodes)
			runProxy(t, dir, program, proxy.args(dir, config)...)
			visitors := &blackbox.Shop{URL: "http://" + front, DB: nodes[0].DB, Client: blackbox.NewClient(t, nil)}
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

// adapt copies a configuration with other addresses.
func adapt(t *testing.T, from, to, front string, nodes []*shop) {
	t.Helper()
	text, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := strings.Cut(front, ":")
	adapted := strings.NewReplacer("127.0.0.1:4101", nodes[0].Host(), "127.0.0.1:4102", nodes[1].Host(),
		"bind :8080", "bind "+front, "listen 8080", "listen "+front, "\n:8080 {", "\n{\n\tadmin off\n}\nhttp://127.0.0.1:"+port+" {").Replace(string(text))
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
	for end := time.Now().Add(proctest.Patience); (blackbox.Request{Shop: s, Path: "/"}).Send(t.Context()).Status != 200; {
		if time.Now().After(end) {
			t.Fatal("the proxy does not answer")
		}
		time.Sleep(50 * time.Millisecond)
	}
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
