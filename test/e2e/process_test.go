package e2e

import (
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

// runBuilt is run for a program that was built otherwise.
func runBuilt(t testing.TB, build proctest.Build, env []string, args ...string) *process {
	t.Helper()
	p := proctest.Start(t, proctest.Command{Build: build, Env: env, Args: args})
	p.Never = append(p.Never, anError...)
	return p
}

// anError is what a log says of one, as text and as JSON.
var anError = []string{"level=ERROR", `"level":"ERROR"`}
