package faults

import (
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"trolley/test/proctest"
)

// inject has the kernel answer the shop's fsyncs as rule says, from now on until
// stop is called: "error=EIO" fails each, "delay_enter=200000" makes each take so
// many microseconds longer. With "-P" and a file, those of that file alone. It is
// strace's, https://man7.org/linux/man-pages/man1/strace.1.html.
func (s *shop) inject(t testing.TB, rule string, filter ...string) (stop func()) {
	t.Helper()
	needRoot(t, "strace")
	const calls = "fsync,fdatasync"
	tracer := proctest.Start(t, proctest.Command{
		Build: func() (string, error) { return exec.LookPath("strace") },
		Args: append([]string{"-f", "-p", strconv.Itoa(s.PID()), "-o", "/dev/null",
			"-e", "trace=" + calls, "-e", "inject=" + calls + ":" + rule}, filter...),
	})
	eventually(t, "strace watches the shop", func() bool {
		if isClosed(tracer.Ended()) {
			proctest.NotTested(t, "strace cannot trace here: %s", &tracer.Stderr)
		}
		return strings.Contains(tracer.Stderr.String(), "attached")
	})
	return func() {
		tracer.Signal(t, syscall.SIGINT)
		tracer.Exit(t)
	}
}
