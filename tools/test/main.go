// Command test compiles everything with all processors, runs every test with the
// race detector, on both engines even where the first fails, and ends with the tests
// that were skipped, why, and one line of numbers.
package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
	"time"
)

// longest are the packages to begin with: their programs and browsers mostly wait, and
// the others fill the processors meanwhile.
var longest = []string{"trolley/test/browser", "trolley/test/faults", "trolley/test/e2e"}

// onBothEngines are packages whose tests TROLLEY_TEST_ENGINE turns to PostgreSQL.
var onBothEngines = []string{"./cmd/web", "./internal/shop", "./internal/inspector"}

func main() {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt)
	// No debugger runs on these programs, and without DWARF they link faster.
	os.Setenv("GOFLAGS", strings.TrimSpace(os.Getenv("GOFLAGS")+" -ldflags=-w"))
	ok := run(ctx)
	cancel()
	if !ok {
		os.Exit(1)
	}
}

func run(ctx context.Context) (ok bool) {
	began := time.Now()
	say := func(format string, args ...any) {
		fmt.Printf("== %4.0f s: %s\n", time.Since(began).Seconds(), fmt.Sprintf(format, args...))
	}
	say("compiling the program and its tests; the first time that takes some minutes")
	packages, err := compile(ctx)
	if err != nil {
		fmt.Println("0 passed, 1 failed, 0 skipped: not all of it compiles")
		return false
	}
	r := results{skipped: map[string][]test{}, output: map[test]string{}}
	say("running %d packages, three at a time", len(packages))
	r.run(ctx, nil, packages...)
	say("running the pages once more, on PostgreSQL")
	r.run(ctx, []string{"TROLLEY_TEST_ENGINE=postgres"}, onBothEngines...)
	if len(r.late) > 0 {
		say("running %d that failed once more, alone", len(r.late))
		r.runAgain(ctx)
	}
	say("done; the slowest:")
	r.listSlowest(20)
	r.listSkipped()
	return r.sum() && ctx.Err() == nil
}

// compile compiles what the tests are made of and what they start, and returns the
// packages in the order in which to run them.
func compile(ctx context.Context) (packages []string, err error) {
	if _, err := list(ctx, "-export", "./cmd/..."); err != nil { // without the race detector
		return nil, err
	}
	if _, err := list(ctx, "-export", "-test", "-race", "./..."); err != nil {
		return nil, err
	}
	packages, err = list(ctx, "./...")
	others := slices.DeleteFunc(packages, func(p string) bool { return slices.Contains(longest, p) })
	return append(slices.Clone(longest), others...), err
}

// list returns what "go list" lists. With -export, that compiles it as well.
func list(ctx context.Context, args ...string) ([]string, error) {
	cmd := exec.CommandContext(ctx, "go", append([]string{"list"}, args...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	return strings.Fields(string(out)), err
}
