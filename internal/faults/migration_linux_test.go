package faults

import (
	"fmt"
	"testing"

	"trolley/internal/proctest"
)

// The first start of the shop is killed at its n-th call that changes a file,
// for each n (TROLLEY_STRIDE apart) up to the one at which it serves. The next start finishes the work.
func TestKilledMigrationIsDoneByTheNextStart(t *testing.T) {
	t.Parallel()
	proctest.Need(t, "strace")
	stride, killed := proctest.Times(t, "TROLLEY_STRIDE", 4), 0
	for n := 1; ; n += stride {
		db := newDB(t)
		if !startAndKill(t, db, n) {
			break
		}
		killed++
		s := startBuilt(t, proctest.Quick, nil, db)
		s.get(t, "/products/enamel-mug", "").want(t, 200)
		wantWhole(t, db)
		s.Kill()
	}
	t.Logf("killed at %d calls", killed)
	if killed == 0 {
		t.Error("the shop was never killed: strace does nothing")
	}
}

// startAndKill reports whether the start was killed at its n-th call.
func startAndKill(t testing.TB, db string, n int) bool {
	t.Helper()
	const calls = "pwrite64,ftruncate,fsync,fdatasync,unlink,unlinkat,rename"
	p := proctest.Start(t, proctest.Command{
		Build: proctest.Quick,
		Wrapper: []string{"strace", "-D", "-f", "-o", "/dev/null", "-e", "trace=" + calls,
			"-e", fmt.Sprintf("inject=%s:signal=SIGKILL:when=%d", calls, n)},
		Args: []string{"-addr", "127.0.0.1:0", "-ops-addr", "", "-db", db},
	})
	served := false
	eventually(t, "the shop serves or is killed", func() bool {
		served = proctest.SaysShop.MatchString(p.Stdout.String())
		return served || isClosed(p.Ended())
	})
	p.Kill()
	return !served
}
