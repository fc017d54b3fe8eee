package faults

import (
	"bytes"
	"context"
	"net/http"
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

// patience bounds every wait. It is generous: the machine may be building other
// things meanwhile.
const patience = 30 * time.Second

// process is the program at work.
type process struct {
	cmd            *exec.Cmd
	stdout, stderr output
	ended          chan struct{} // closed when it is over and all that it wrote is here
}

// run starts the program that build makes, and ends it with the test at the
// latest. What stands in front of the program, such as a shell, is its wrapper.
func run(t testing.TB, build func() (string, error), wrapper []string, args ...string) *process {
	t.Helper()
	path, err := build()
	if err != nil {
		t.Fatal(err)
	}
	command := append(append(wrapper[:len(wrapper):len(wrapper)], path), args...)
	p := &process{cmd: exec.CommandContext(bounded(t), command[0], command[1:]...), ended: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr = &p.stdout, &p.stderr
	p.cmd.SysProcAttr = leaveNoOrphan()
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "TROLLEY_") {
			p.cmd.Env = append(p.cmd.Env, v)
		}
	}
	// Else the race detector has every process wait a second before it ends.
	p.cmd.Env = append(p.cmd.Env, "GORACE=atexit_sleep_ms=0")
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
	for _, bad := range []string{"DATA RACE", "panic", "fatal error", "SIGBUS"} {
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

// stop ends the process as an operator does, and wants it to end well.
func (p *process) stop(t testing.TB) {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if code := p.exit(t); code != 0 {
		t.Fatalf("exit code %d\n%s", code, &p.stderr)
	}
}

// exit waits for the end of the process and returns its exit code, -1 for one
// that was killed.
func (p *process) exit(t testing.TB) int {
	t.Helper()
	select {
	case <-p.ended:
	case <-time.After(patience):
		t.Fatalf("the process does not end\n%s", &p.stderr)
	}
	return p.cmd.ProcessState.ExitCode()
}

// lastLine is the last line of the log.
func (p *process) lastLine() string {
	lines := strings.Split(strings.TrimSpace(p.stderr.String()), "\n")
	return lines[len(lines)-1]
}

// wantRefusal fails the test unless the program does not start, and says why in
// one line that has each of the parts.
func wantRefusal(t testing.TB, db string, says ...string) {
	t.Helper()
	p := run(t, build, nil, "-addr", "127.0.0.1:0", "-ops-addr", "", "-db", db)
	if code := p.exit(t); code != 1 {
		t.Errorf("exit code %d, want 1", code)
	}
	line := p.stderr.String()
	if strings.Count(line, "\n") != 1 || !strings.HasPrefix(line, "trolley: ") {
		t.Errorf("want one line that begins with \"trolley: \", got\n%s", line)
	}
	for _, part := range says {
		if !strings.Contains(line, part) {
			t.Errorf("no %q in %s", part, line)
		}
	}
}

// shop is a process that serves.
type shop struct {
	*process
	url    string
	db     string
	client *http.Client // keeps no cookies and follows no redirects
}

var saysShop = regexp.MustCompile(`(?m)^Shop +(https?://\S+)\n`)

// start starts a shop on a database and a free port.
func start(t testing.TB, db string) *shop {
	t.Helper()
	return startBuilt(t, build, nil, db)
}

func startBuilt(t testing.TB, build func() (string, error), wrapper []string, db string) *shop {
	t.Helper()
	p := run(t, build, wrapper, "-addr", "127.0.0.1:0", "-ops-addr", "127.0.0.1:0", "-db", db)
	s := &shop{process: p, db: db, client: newClient(t)}
	eventually(t, "the shop is announced", func() bool {
		m := saysShop.FindStringSubmatch(p.stdout.String())
		if m != nil {
			s.url = m[1]
			return true
		}
		select {
		case <-p.ended:
			t.Fatalf("the process ended: %v\n%s", p.cmd.ProcessState, &p.stderr)
		default:
		}
		return false
	})
	return s
}

// eventually waits until a condition holds.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	deadline := time.After(patience)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("in vain: %s", what)
		}
	}
}

// output is what a process has written so far.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer.
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
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
