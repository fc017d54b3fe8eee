package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
)

// event is a line of "go test -json" ("go doc test2json").
type event struct {
	Action, Package, Test, Output string
	Elapsed                       float64 // seconds
}

// test names a test; its name is "" for what a package prints beside its tests.
type test struct{ pkg, name string }

// results are what became of the tests so far.
type results struct {
	passed, failed int
	skipped        map[string][]test // by the reason
	output         map[test]string   // of those that have not ended
	env            []string          // of the run that is under way
	late           []late
	took           map[test]float64 // seconds, of those without a parent
}

// run runs tests and prints each package that ends and each test that fails.
func (r *results) run(ctx context.Context, env []string, args ...string) {
	r.env = env
	cmd := exec.CommandContext(ctx, "go", append([]string{"test", "-race", "-json", "-timeout", "20m"}, args...)...)
	cmd.Env = append(append(os.Environ(), "TROLLEY_TEST_ALL=1"), env...)
	cmd.Stderr = os.Stderr
	failed := r.failed
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err == nil {
		err = errors.Join(r.read(out), cmd.Wait())
	}
	if err != nil && r.failed == failed {
		fmt.Println("FAIL go test:", err)
		r.failed++
	}
}

func (r *results) read(lines io.Reader) error {
	for d := json.NewDecoder(lines); ; {
		var e event
		if err := d.Decode(&e); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		of := test{e.Package, e.Test}
		switch e.Action {
		case "build-output":
			fmt.Print(e.Output)
		case "output":
			r.output[of] += e.Output
		case "pass", "fail", "skip":
			r.time(of, e.Elapsed)
			r.end(of, e.Action)
		}
	}
}

// end counts a test, or ends a package.
func (r *results) end(of test, action string) {
	text := r.output[of]
	delete(r.output, of)
	switch {
	case of.name == "":
		r.endPackage(of.pkg, text, action)
	case action == "pass":
		r.passed++
	case action == "fail":
		r.failed++
		fmt.Print(progress.ReplaceAllString(text, ""))
		r.remember(of, text)
	default:
		reason := said.FindStringSubmatch(text + "\n    : gives no reason")[1]
		r.skipped[reason] = append(r.skipped[reason], of)
	}
}

var (
	progress = regexp.MustCompile(`(?m)^=== .*\n`)
	said     = regexp.MustCompile(`(?m)^    \S*: (.*)$`)
)

// endPackage prints a package's last line; of one that failed, all that it printed,
// and what the tests printed that it did not end.
func (r *results) endPackage(pkg, text, action string) {
	for of, unfinished := range r.output {
		if of.pkg == pkg {
			fmt.Print(progress.ReplaceAllString(unfinished, ""))
			delete(r.output, of)
			r.failed++
		}
	}
	switch action {
	case "pass":
		lines := strings.Split(strings.TrimSpace(text), "\n")
		fmt.Println(lines[len(lines)-1])
	case "fail":
		fmt.Print(text)
	}
}

func (r *results) time(of test, seconds float64) {
	if of.name == "" || strings.Contains(of.name, "/") {
		return
	}
	if r.took == nil {
		r.took = make(map[test]float64)
	}
	r.took[of] += seconds
}

// listSlowest prints the tests that took longest. Those that run in parallel wait for
// each other, and that counts.
func (r *results) listSlowest(n int) {
	slowest := slices.SortedFunc(maps.Keys(r.took), func(a, b test) int { return cmp.Compare(r.took[b], r.took[a]) })
	for _, of := range slowest[:min(n, len(slowest))] {
		fmt.Printf("%4.0f s: %s %s\n", r.took[of], of.pkg, of.name)
	}
}

// listSkipped prints which tests were skipped, and why.
func (r *results) listSkipped() {
	for _, reason := range slices.Sorted(maps.Keys(r.skipped)) {
		tests := r.skipped[reason]
		fmt.Printf("skipped %d: %s\n", len(tests), reason)
		for _, of := range tests[:min(len(tests), 5)] {
			fmt.Println("   ", of.pkg, of.name)
		}
	}
}

// sum prints the last line. It reports whether all went well.
func (r *results) sum() (ok bool) {
	skipped := 0
	for _, tests := range r.skipped {
		skipped += len(tests)
	}
	fmt.Printf("%d passed, %d failed, %d skipped\n", r.passed, r.failed, skipped)
	return r.failed == 0
}
