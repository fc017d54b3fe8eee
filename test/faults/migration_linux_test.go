package faults

import (
	"fmt"
	"path/filepath"
	"testing"

	"trolley/test/blackbox"
	"trolley/test/proctest"
)

// The first start of the shop is killed at its n-th call that changes a file,
// for each n (TROLLEY_STRIDE apart) up to the one at which it serves. It leaves all
// of the schema or nothing, and the next start finishes the work.
func TestKilledMigrationIsDoneByTheNextStart(t *testing.T) {
	t.Parallel()
	proctest.Need(t, "strace")
	stride, killed := proctest.Times(t, "TROLLEY_STRIDE", 4), 0
	for n := 1; ; n += stride {
		db := blackbox.NewDB(t)
		if !startAndKill(t, db, n) {
			break
		}
		killed++
		left := version(t, db)
		s := startBuilt(t, proctest.Quick, nil, db)
		s.get(t, "/products/enamel-mug", "").Want(t, 200)
		blackbox.WantWhole(t, db)
		if whole := version(t, db); left != 0 && left != whole {
			t.Errorf("killed at call %d, it leaves version %d of %d", n, left, whole)
		}
		s.Kill()
	}
	t.Logf("killed at %d calls", killed)
	if killed == 0 {
		t.Error("the shop was never killed: strace does nothing")
	}
}

// version is that of the schema, 0 where there is none. It looks at a copy: to open
// the database itself would repair what the shop has to.
func version(t testing.TB, db string) int {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "copy")
	command(t, "cp", "-r", filepath.Dir(db), folder)
	db = filepath.Join(folder, filepath.Base(db))
	if blackbox.Count(t, db, "SELECT COUNT(*) FROM sqlite_schema WHERE name = 'goose_db_version'") == 0 {
		return 0
	}
	return blackbox.Count(t, db, "SELECT COALESCE(MAX(version_id), 0) FROM goose_db_version")
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
