package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// mostLate is how many tests may need a second run. More of them are a fault.
const mostLate = 5

// late is a test that failed and may have failed for want of time: the shop answers
// 503 after two seconds, by promise, and a machine with other work needs longer.
type late struct {
	test
	env      []string
	failures int // the test and its subtests
	raced    bool
}

// remember notes a failure for a second run.
func (r *results) remember(of test, text string) {
	of.name, _, _ = strings.Cut(of.name, "/")
	i := slices.IndexFunc(r.late, func(l late) bool { return l.test == of && slices.Equal(l.env, r.env) })
	if i < 0 {
		i = len(r.late)
		r.late = append(r.late, late{test: of, env: r.env})
	}
	r.late[i].failures++
	r.late[i].raced = r.late[i].raced || strings.Contains(text, "race detected")
}

// runAgain runs each test that failed once more, with the machine to itself. What
// passes then is counted as passed, and named. A data race gets no second run.
func (r *results) runAgain(ctx context.Context) {
	if len(r.late) > mostLate {
		return
	}
	for _, l := range r.late {
		if l.raced {
			continue
		}
		again := results{skipped: map[string][]test{}, output: map[test]string{}}
		again.run(ctx, l.env, "-count=1", "-run", "^"+l.name+"$", l.pkg)
		if again.failed == 0 && again.passed > 0 {
			r.failed -= l.failures
			r.passed += l.failures
			fmt.Println("passed in a second run, alone:", l.pkg, l.name)
		}
	}
}
