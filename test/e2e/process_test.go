package e2e

import (
	"path/filepath"
	"testing"

	"trolley/test/proctest"
)

// process is the program at work.
type process = proctest.Process

// run starts the program with args, and ends it with the test at the latest.
func run(t testing.TB, env []string, args ...string) *process {
	t.Helper()
	return runBuilt(t, proctest.Trolley, env, args...)
}

// runBuilt is run for a program that was built otherwise. What is an error to its
// log is one to the test.
func runBuilt(t testing.TB, build proctest.Build, env []string, args ...string) *process {
	t.Helper()
	p := proctest.Start(t, proctest.Command{Build: build, Env: env, Args: args})
	p.Never = append(p.Never, "level=ERROR", `"level":"ERROR"`)
	return p
}

// newDB names a database that does not exist yet.
func newDB(t testing.TB) string {
	t.Helper()
	return filepath.Join(t.TempDir(), "trolley.db")
}
