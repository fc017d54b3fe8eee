package faults

import (
	"testing"
	"time"

	"trolley/test/blackbox"
	"trolley/test/proctest"
)

// wantRefusal fails the test unless the program does not start, and says why in
// one line that has each of the parts.
func wantRefusal(t testing.TB, db string, says ...string) {
	t.Helper()
	p := proctest.Start(t, proctest.Command{Build: proctest.Trolley, Args: []string{"-addr", "127.0.0.1:0", "-ops-addr", "", "-db", db}})
	blackbox.WantRefusal(t, p, 1, says...)
}

// shop is a shop that may log errors.
type shop struct{ *blackbox.Shop }

// start starts a shop on a database and a free port.
func start(t testing.TB, db string) *shop {
	t.Helper()
	return startBuilt(t, proctest.Trolley, nil, db)
}

func startBuilt(t testing.TB, build proctest.Build, wrapper []string, db string) *shop {
	t.Helper()
	return &shop{blackbox.Start(t, proctest.Command{Build: build, Wrapper: wrapper}, db)}
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
