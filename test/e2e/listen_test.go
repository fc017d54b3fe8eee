package e2e

import (
	"context"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"trolley/test/blackbox"
	"trolley/test/proctest"
)

// atSocket returns a client that reaches a Unix socket whatever the address.
func atSocket(t testing.TB, path string) *shop {
	client := blackbox.NewClient(t, nil)
	client.Transport.(*http.Transport).DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", path)
	}
	return &shop{&blackbox.Shop{URL: "http://localhost", Client: client}}
}

// Only the shop's own user reaches the inspector's socket, and its mode is all that is
// asked. A socket that a killed process left is taken over, and a stopped one leaves none.
func TestShopAndInspectorListenOnUnixSockets(t *testing.T) {
	t.Parallel()
	dir, db := t.TempDir(), blackbox.NewDB(t)
	public, ops := filepath.Join(dir, "shop.sock"), filepath.Join(dir, "ops.sock")
	for _, end := range []func(p *process){(*process).Kill, func(p *process) { p.Stop(t) }} {
		p := run(t, nil, "-addr", "unix:"+public, "-ops-addr", "unix:"+ops, "-db", db)
		waitLog(t, p, "started")
		waitLog(t, p, "shop="+public+" inspector="+ops)
		atSocket(t, public).begin(t, "enamel-mug")
		atSocket(t, ops).get(t, "/sessions", "").Want(t, http.StatusOK)
		for path, mode := range map[string]fs.FileMode{public: 0o666, ops: 0o600} {
			if info, err := os.Stat(path); err != nil || info.Mode().Perm() != mode {
				t.Errorf("%s: %v (%v), want %v", path, info.Mode(), err, mode)
			}
		}
		blackbox.WantRefusal(t, run(t, nil, "-addr", "unix:"+public, "-ops-addr", "", "-db", db), 1, "another trolley")
		end(p)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("%v is left (%v)", left, err)
	}
}

// A file that is no socket stays.
func TestSocketReplacesNoFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "notes.txt")
	if err := os.WriteFile(path, []byte("notes"), 0o600); err != nil {
		t.Fatal(err)
	}
	blackbox.WantRefusal(t, run(t, nil, free("-addr", "unix:"+path)...), 2, "no socket")
	if text, err := os.ReadFile(path); err != nil || string(text) != "notes" {
		t.Errorf("the file holds %q (%v)", text, err)
	}
}

// The link of trolley-admin lets in; what the start writes into a journal holds none.
func TestLinkOfTrolleyAdminLetsIn(t *testing.T) {
	t.Parallel()
	s := start(t, blackbox.NewDB(t))
	ops := &shop{&blackbox.Shop{URL: s.Ops, Client: s.Client}}
	ops.get(t, "/sessions", "").Want(t, http.StatusForbidden)
	admin := proctest.Start(t, proctest.Command{Build: proctest.Admin,
		Args: []string{"-db", s.DB, "inspector", "-ops-addr", strings.TrimPrefix(s.Ops, "http://")}})
	if code := admin.Exit(t); code != 0 {
		t.Fatalf("exit code %d: %s", code, &admin.Stderr)
	}
	path, ok := strings.CutPrefix(strings.TrimSpace(admin.Stdout.String()), s.Ops)
	if !ok {
		t.Fatalf("the link is %q", admin.Stdout.String())
	}
	ops.get(t, "/sessions", ops.get(t, path, "").Want(t, http.StatusSeeOther).Cookie).Want(t, http.StatusOK)
	if said := s.Stdout.String() + s.Stderr.String(); strings.Contains(said, "secret=") {
		t.Errorf("the start says\n%s", said)
	}
}

// A proxy learns that the shop stops before it does: until then every request is
// answered, and those who monitor it can follow to the end.
func TestDrainAnswersUntilTheProxyKnows(t *testing.T) {
	t.Parallel()
	s := start(t, blackbox.NewDB(t), "-drain", "15s")
	ops := &shop{&blackbox.Shop{URL: s.Ops, Client: s.Client}}
	cookie := s.begin(t, "enamel-mug")
	if a := s.get(t, "/healthz", "").Want(t, http.StatusOK); a.Closes {
		t.Error("the connection of an answer ends, and the shop does not")
	}
	s.Signal(t, syscall.SIGTERM)
	for a := s.get(t, "/healthz", ""); a.Status != http.StatusServiceUnavailable; a = s.get(t, "/healthz", "") {
		a.Want(t, http.StatusOK)
	}
	if a := s.get(t, "/cart", cookie).Want(t, http.StatusOK); !a.Closes {
		t.Error("the connection of an answer stays open")
	}
	ops.get(t, "/readyz", "").Want(t, http.StatusServiceUnavailable)
	if code := s.Exit(t); code != 0 {
		t.Errorf("exit code %d", code)
	}
}
