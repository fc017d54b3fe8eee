// Package proctest runs the program as a process for tests: it builds it once for
// each test binary, starts it, reads what it says, and ends it as an operator or
// a crash does. No process outlives its test, however that ends.
package proctest

import (
	"context"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"trolley/tools/child"
)

// Patience bounds every wait. It is generous: the machine may be building other
// things meanwhile.
const Patience = 2 * time.Minute

// Process is the program at work.
type Process struct {
	Dir            string // where it runs
	Stdout, Stderr Output
	// Never is what must not be in its log at the end. Start fills in what no
	// program of ours may say; add to it before the test ends.
	Never []string

	cmd   *exec.Cmd
	ended chan struct{} // closed when it is over and all that it wrote is here
}

// Command says how to run the program.
type Command struct {
	Build   Build
	Wrapper []string // what stands in front of it, such as a shell
	Env     []string // on top of the test's own without TROLLEY_ variables
	Args    []string
}

// Start starts the program in a folder of its own, and ends it with the test at
// the latest.
func Start(t testing.TB, c Command) *Process {
	t.Helper()
	path, err := c.Build()
	if err != nil {
		t.Fatal(err)
	}
	line := append(append(c.Wrapper[:len(c.Wrapper):len(c.Wrapper)], path), c.Args...)
	p := &Process{
		Dir:   t.TempDir(), // the default database is a file in here
		Never: []string{"DATA RACE", "panic", "fatal error", "SIGBUS"},
		cmd:   exec.CommandContext(bounded(t), line[0], line[1:]...), ended: make(chan struct{}),
	}
	p.Stdout.news = make(chan struct{}, 1)
	p.cmd.Stdout, p.cmd.Stderr = &p.Stdout, &p.Stderr
	p.cmd.SysProcAttr = leaveNoOrphan()
	p.cmd.Dir = p.Dir
	p.cmd.Env = append(environ(), c.Env...)
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = p.cmd.Wait() // its outcome is in ProcessState
		close(p.ended)
	}()
	t.Cleanup(func() { p.finish(t) })
	return p
}

// environ is the environment of the test without the program's own variables.
func environ() []string {
	// Else the race detector has every process wait a second before it ends.
	return append(child.Environ(), "GORACE=atexit_sleep_ms=0")
}

// bounded returns a context that ends some time before the test binary's own
// limit, which would leave the processes running. It does not end with the test:
// a cleanup may still want to stop the process well.
func bounded(t testing.TB) context.Context {
	const margin = 10 * time.Second
	ctx := context.WithoutCancel(t.Context())
	if t, ok := t.(*testing.T); ok {
		if deadline, ok := t.Deadline(); ok {
			var cancel context.CancelFunc
			ctx, cancel = context.WithDeadline(ctx, deadline.Add(-margin))
			t.Cleanup(cancel)
		}
	}
	return ctx
}

// finish ends the process and fails the test for what must never be in its log.
func (p *Process) finish(t testing.TB) {
	p.Kill()
	log := p.Stderr.String()
	for _, bad := range p.Never {
		if strings.Contains(log, bad) {
			t.Errorf("the log has %q:\n%s", bad, log)
			return
		}
	}
	if t.Failed() {
		t.Logf("the log ends:\n%s", log[max(0, len(log)-2000):])
	}
}

// PID is the number of the process.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Ended is closed when the process is over and all that it wrote is here.
func (p *Process) Ended() <-chan struct{} { return p.ended }

// Kill ends the process at once (SIGKILL) and waits until it is over.
func (p *Process) Kill() {
	_ = p.cmd.Process.Kill() // an error means that it is over
	<-p.ended
}

// Signal sends the process a signal: SIGTERM is what an operator asks it to end with.
func (p *Process) Signal(t testing.TB, s syscall.Signal) {
	t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
}

// Exit waits for the end of the process and returns its exit code, -1 for one
// that was killed.
func (p *Process) Exit(t testing.TB) int {
	t.Helper()
	select {
	case <-p.ended:
	case <-time.After(Patience):
		t.Fatalf("the process does not end\n%s", &p.Stderr)
	}
	return p.cmd.ProcessState.ExitCode()
}

// Stop ends the process as an operator does, and wants it to end well.
func (p *Process) Stop(t testing.TB) {
	t.Helper()
	p.Signal(t, syscall.SIGTERM)
	if code := p.Exit(t); code != 0 {
		t.Fatalf("exit code %d\n%s", code, &p.Stderr)
	}
}

// WaitFor returns what the first group of re matches in the standard output.
func (p *Process) WaitFor(t testing.TB, re *regexp.Regexp) string {
	t.Helper()
	deadline := time.After(Patience)
	for {
		if m := re.FindStringSubmatch(p.Stdout.String()); m != nil {
			return m[1]
		}
		select {
		case <-p.Stdout.news:
		case <-p.ended:
			t.Fatalf("the process ended before it said %v: %v\n%s%s", re, p.cmd.ProcessState, &p.Stdout, &p.Stderr)
		case <-deadline:
			t.Fatalf("the process does not say %v\n%s%s", re, &p.Stdout, &p.Stderr)
		}
	}
}

// What the program says when it serves: the addresses of the shop and of the
// inspector's listener.
var (
	SaysShop      = regexp.MustCompile(`(?m)^Shop +(https?://\S+)\n`)
	SaysInspector = regexp.MustCompile(`(?m)^Inspector +(http://[^/\s]+)\S*\n`)
)
