package e2e

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// startWithin bounds how long the program may take to serve. It is generous:
// the machine may be building other things meanwhile.
const startWithin = 30 * time.Second

// process is the program at work.
type process struct {
	cmd            *exec.Cmd
	stdout, stderr output
	ended          chan struct{} // closed when it is over and all that it wrote is here
}

// run starts the program with args, and ends it with the test at the latest.
// The environment is the test's own without TROLLEY_ variables, and env.
func run(t testing.TB, env []string, args ...string) *process {
	t.Helper()
	return runBuilt(t, build, env, args...)
}

func runBuilt(t testing.TB, build func() (string, error), env []string, args ...string) *process {
	t.Helper()
	path, err := build()
	if err != nil {
		t.Fatal(err)
	}
	p := &process{cmd: exec.CommandContext(bounded(t), path, args...), ended: make(chan struct{})}
	p.stdout.news, p.stderr.news = make(chan struct{}, 1), make(chan struct{}, 1)
	p.cmd.Stdout, p.cmd.Stderr = &p.stdout, &p.stderr
	p.cmd.SysProcAttr = leaveNoOrphan()
	p.cmd.Dir = t.TempDir() // the default database is a file in here
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "TROLLEY_") {
			p.cmd.Env = append(p.cmd.Env, v)
		}
	}
	// Else the race detector has every process wait a second before it ends.
	p.cmd.Env = append(append(p.cmd.Env, "GORACE=atexit_sleep_ms=0"), env...)
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

// bounded returns a context that ends with the test, and some time before the
// test binary's own limit, which would leave the processes running.
func bounded(t testing.TB) context.Context {
	const margin = 10 * time.Second
	ctx := t.Context()
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
func (p *process) finish(t testing.TB) {
	p.kill()
	log := p.stderr.String()
	for _, bad := range []string{"DATA RACE", "panic", "level=ERROR", `"level":"ERROR"`} {
		if strings.Contains(log, bad) {
			t.Errorf("the log has %q:\n%s", bad, log)
			return
		}
	}
	if t.Failed() {
		t.Logf("the log ends:\n%s", log[max(0, len(log)-2000):])
	}
}

// kill ends the process at once (SIGKILL) and waits until it is over.
func (p *process) kill() {
	_ = p.cmd.Process.Kill() // an error means that it is over
	<-p.ended
}

// terminate asks the process to end, as an operator does.
func (p *process) terminate(t testing.TB) {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
}

// exit waits for the end of the process and returns its exit code, -1 for one
// that was killed.
func (p *process) exit(t testing.TB) int {
	t.Helper()
	select {
	case <-p.ended:
	case <-time.After(startWithin):
		t.Fatalf("the process does not end\n%s", &p.stderr)
	}
	return p.cmd.ProcessState.ExitCode()
}

// waitFor returns what the first group of re matches in the standard output.
func (p *process) waitFor(t testing.TB, re *regexp.Regexp) string {
	t.Helper()
	deadline := time.After(startWithin)
	for {
		if m := re.FindStringSubmatch(p.stdout.String()); m != nil {
			return m[1]
		}
		select {
		case <-p.stdout.news:
		case <-p.ended:
			t.Fatalf("the process ended before it said %v: %v\n%s%s", re, p.cmd.ProcessState, &p.stdout, &p.stderr)
		case <-deadline:
			t.Fatalf("the process does not say %v\n%s%s", re, &p.stdout, &p.stderr)
		}
	}
}

// output is what a process has written so far.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
	news chan struct{} // holds a value after something was written
}

// Write implements io.Writer.
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	select {
	case o.news <- struct{}{}:
	default:
	}
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// newDB names a database that does not exist yet.
func newDB(t testing.TB) string {
	t.Helper()
	return filepath.Join(t.TempDir(), "trolley.db")
}
