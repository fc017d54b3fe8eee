package pgtest

import (
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"trolley/test/proctest"
)

// need skips a test where PostgreSQL is not installed. In CI it fails it.
func need(t testing.TB) {
	t.Helper()
	if isInstalled() {
		return
	}
	proctest.NotTested(t, "PostgreSQL is not installed (make tools)")
}

func isInstalled() bool { return program("initdb") != "" && program("pg_ctl") != "" }

// program returns the path of one of PostgreSQL's programs, "" where there is
// none. Debian keeps them out of PATH, in a directory of each version.
func program(name string) string {
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/" + name)
	slices.SortFunc(found, func(a, b string) int { return version(a) - version(b) })
	if len(found) == 0 {
		return ""
	}
	return found[len(found)-1]
}

func version(path string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path))))
	return n
}
