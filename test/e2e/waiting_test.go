package e2e

import (
	"net/http"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"trolley/test/blackbox"
	"trolley/test/pgtest"
)

// startWaiting starts a shop whose database is away, on Unix sockets, and returns the
// public, the operators' and the monitors' side.
func startWaiting(t *testing.T, db string) (p *process, public, ops, metrics *shop) {
	t.Helper()
	dir := t.TempDir()
	socket := func(name string) string { return filepath.Join(dir, name) }
	p = run(t, nil, "-addr", "unix:"+socket("shop"), "-ops-addr", "unix:"+socket("ops"), "-metrics-addr", "unix:"+socket("metrics"), "-db", db, "-wait", "1h")
	waitLog(t, p, "the start waits for the database")
	return p, atSocket(t, socket("shop")), atSocket(t, socket("ops")), atSocket(t, socket("metrics"))
}

// A node starts before its database, as after a power failure. Nobody's request hangs
// meanwhile, and the shop opens when the database is there.
func TestAStartAnswersWhileItsDatabaseIsAway(t *testing.T) {
	t.Parallel()
	server := pgtest.Start(t, "fsync=off")
	server.Crash()
	p, public, ops, metrics := startWaiting(t, server.URL("postgres"))
	for _, a := range []blackbox.Reply{public.get(t, "/", ""), public.post(t, "/cart/items", "", "sku", "enamel-mug"), ops.get(t, "/sessions", "")} {
		a.Want(t, http.StatusServiceUnavailable)
		if !strings.Contains(a.Body, "waits for its database") || a.Header.Get("Retry-After") == "" || a.Cookie != "" {
			t.Errorf("Retry-After %q, cookie %q\n%s", a.Header.Get("Retry-After"), a.Cookie, a.Body)
		}
	}
	public.get(t, "/healthz", "").Want(t, http.StatusOK)
	for _, monitor := range []*shop{ops, metrics} {
		if a := monitor.get(t, "/readyz", "").Want(t, http.StatusServiceUnavailable); a.Body != "not ready: the database is away\n" {
			t.Errorf("/readyz says %q", a.Body)
		}
		monitor.get(t, "/metrics", "").Want(t, http.StatusOK)
	}
	p.Signal(t, syscall.SIGHUP)
	waitLog(t, p, "hangup")
	server.Restart()
	waitLog(t, p, "msg=started")
	public.begin(t, "enamel-mug")
	metrics.get(t, "/readyz", "").Want(t, http.StatusOK)
	ops.get(t, "/sessions", "").Want(t, http.StatusOK)
	p.Stop(t)
}

// The address of no server is enough here: nothing listens on port 1.
func TestAStartThatWaitsCanBeStopped(t *testing.T) {
	t.Parallel()
	p, _, _, _ := startWaiting(t, "postgres://trolley@127.0.0.1:1/trolley")
	p.Stop(t)
}

// What other machines reach holds nothing of a visitor, whatever they ask for.
func TestMetricsListenerShowsNoVisitor(t *testing.T) {
	t.Parallel()
	socket := filepath.Join(t.TempDir(), "metrics")
	s := start(t, blackbox.NewDB(t), "-metrics-addr", "unix:"+socket)
	cookie := s.begin(t, "enamel-mug")
	id := blackbox.RowToken(cookie)[:12]
	metrics := atSocket(t, socket)
	metrics.get(t, "/readyz", "").Want(t, http.StatusOK)
	metrics.get(t, "/healthz", "").Want(t, http.StatusOK)
	text := metrics.get(t, "/metrics", "").Want(t, http.StatusOK).Body
	if !strings.Contains(text, "trolley_sessions_created_total 1\n") || strings.Contains(text, id) {
		t.Errorf("/metrics says\n%s", text)
	}
	for _, path := range []string{"/", "/sessions", "/sessions/" + id, "/sessions/events", "/orders", "/stock", "/plots", "/enter", "/cart", "/debug/pprof/", "/debug/pprof/heap"} {
		metrics.get(t, path, cookie).Want(t, http.StatusNotFound)
		metrics.post(t, path, cookie).Want(t, http.StatusNotFound)
	}
}
