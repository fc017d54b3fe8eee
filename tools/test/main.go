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
	"strings"
	"time"
)

// browser is the package to begin with: its browsers and programs mostly wait, and the
// packages without programs fill the processors meanwhile.
const browser = "trolley/test/browser"

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
	light, whole, err := compile(ctx)
	if err != nil {
		fmt.Println("0 passed, 1 failed, 0 skipped: not all of it compiles")
		return false
	}
	r := results{skipped: map[string][]test{}, output: map[test]string{}}
	say("running %d packages, two at a time", len(light))
	r.run(ctx, nil, append([]string{"-p", "2"}, light...)...)
	say("running %d packages that start whole programs, one at a time", len(whole))
	r.run(ctx, nil, append([]string{"-p", "1"}, whole...)...)
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

// compile compiles what the tests are made of and what they start. It returns the
// packages, apart those whose tests say how long a program may take to answer.
func compile(ctx context.Context) (light, whole []string, err error) {
	if _, err := list(ctx, "-export", "./cmd/..."); err != nil { // without the race detector
		return nil, nil, err
	}
	if _, err := list(ctx, "-export", "-test", "-race", "./..."); err != nil {
		return nil, nil, err
	}
	packages, err := list(ctx, "./...")
	light = []string{browser}
	for _, p := range packages {
		switch {
		case p == browser:
		case strings.HasPrefix(p, "trolley/test/"), strings.HasPrefix(p, "trolley/tools/"):
			whole = append(whole, p)
		default:
			light = append(light, p)
		}
	}
	return light, whole, err
}

// list returns what "go list" lists. With -export, that compiles it as well.
func list(ctx context.Context, args ...string) ([]string, error) {
	cmd := exec.CommandContext(ctx, "go", append([]string{"list"}, args...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	return strings.Fields(string(out)), err
}
