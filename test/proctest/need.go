package proctest

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"testing"
)

// NotTested skips a test that cannot run here, and says so. Where CI is set it
// fails it: nobody would read there that it was skipped.
func NotTested(t testing.TB, format string, args ...any) {
	t.Helper()
	reason := "NOT TESTED: " + fmt.Sprintf(format, args...)
	if os.Getenv("CI") != "" {
		t.Fatal(reason)
	}
	t.Skip(reason)
}

// Need is for a test that takes programs which may not be installed.
func Need(t testing.TB, tools ...string) {
	t.Helper()
	for _, tool := range tools {
		if _, err := exec.LookPath(tool); err != nil {
			NotTested(t, "%v (make tools)", err)
		}
	}
}

// NeedServer returns the path of a server that may not be installed. Debian keeps them
// where only root looks.
func NeedServer(t testing.TB, name string) string {
	t.Helper()
	for _, path := range []string{name, "/usr/sbin/" + name} {
		if found, err := exec.LookPath(path); err == nil {
			return found
		}
	}
	NotTested(t, "%s is not installed (apt install %s)", name, name)
	return ""
}

// NeedRoot is for a test that only root can run.
func NeedRoot(t testing.TB) {
	t.Helper()
	if os.Geteuid() != 0 {
		NotTested(t, "this takes root")
	}
}

// Times is a number from the environment, which long runs set.
func Times(t testing.TB, variable string, usual int) int {
	t.Helper()
	text := os.Getenv(variable)
	if text == "" {
		return usual
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("%s=%s: need a number from 1", variable, text)
	}
	return n
}
