package faults

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"trolley/test/proctest"
)

// wantRefusal fails the test unless the program does not start, and says why in
// one line that has each of the parts.
func wantRefusal(t testing.TB, db string, says ...string) {
	t.Helper()
	p := proctest.Start(t, proctest.Command{Build: proctest.Trolley, Args: []string{"-addr", "127.0.0.1:0", "-ops-addr", "", "-db", db}})
	if code := p.Exit(t); code != 1 {
		t.Errorf("exit code %d, want 1", code)
	}
	line := p.Stderr.String()
	if strings.Count(line, "\n") != 1 || !strings.HasPrefix(line, "trolley: ") {
		t.Errorf("want one line that begins with \"trolley: \", got\n%s", line)
	}
	for _, part := range says {
		if !strings.Contains(line, part) {
			t.Errorf("no %q in %s", part, line)
		}
	}
}

// shop is a process that serves.
type shop struct {
	*proctest.Process
	url    string
	db     string
	client *http.Client // keeps no cookies and follows no redirects
}

// start starts a shop on a database and a free port.
func start(t testing.TB, db string) *shop {
	t.Helper()
	return startBuilt(t, proctest.Trolley, nil, db)
}

func startBuilt(t testing.TB, build proctest.Build, wrapper []string, db string) *shop {
	t.Helper()
	args := []string{"-addr", "127.0.0.1:0", "-ops-addr", "127.0.0.1:0", "-db", db}
	p := proctest.Start(t, proctest.Command{Build: build, Wrapper: wrapper, Args: args})
	return &shop{Process: p, db: db, client: newClient(t), url: p.WaitFor(t, proctest.SaysShop)}
}

// eventually waits until a condition holds.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	deadline := time.After(proctest.Patience)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("in vain: %s", what)
		}
	}
}

// newDB names a database that does not exist yet.
func newDB(t testing.TB) string {
	t.Helper()
	return filepath.Join(t.TempDir(), "trolley.db")
}
