package proctest

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// Build builds a program and returns its path. Each is built once for a test binary.
type Build func() (path string, err error)

var (
	scratch = sync.OnceValues(func() (string, error) { return os.MkdirTemp("", "trolley-test-") })
	quick   = sync.OnceValues(func() (string, error) { return compile("web", "trolley") })
	raced   = sync.OnceValues(func() (string, error) { return compile("web", "trolley-race", "-race") })
	admin   = sync.OnceValues(func() (string, error) { return compile("trolley-admin", "trolley-admin") })
)

// Main runs the tests of a package and removes what was built for them. Call it
// in TestMain. All tests of a package that calls it take minutes, so that a plain
// "go test" runs only those that brief matches; -run says otherwise, and so does
// the variable TROLLEY_TEST_ALL, which "make test" sets.
func Main(m *testing.M, brief string) (code int) {
	flag.Parse()
	if run := flag.Lookup("test.run").Value; run.String() == "" && os.Getenv("TROLLEY_TEST_ALL") == "" {
		fmt.Fprintf(os.Stderr, "NOT TESTED: all but %s (make test runs all)\n", brief)
		_ = run.Set(brief) // a constant of the package
	}
	defer func() {
		if dir, err := scratch(); err == nil {
			os.RemoveAll(dir)
		}
	}()
	return m.Run()
}

// Trolley is the program, with the race detector where the tests have it themselves.
func Trolley() (path string, err error) {
	if hasRaceDetector() {
		return raced()
	}
	return quick()
}

// Quick is the program without the race detector, where time counts.
func Quick() (path string, err error) { return quick() }

// Admin is the program that looks after a shop's database.
func Admin() (path string, err error) { return admin() }

// Edit replaces a text, which a source file holds once, for one build. A File that
// begins with $GOROOT is one of Go's own.
type Edit struct{ File, Old, New string }

// Seeded returns the program with a defect: what must fail with it, or prove nothing.
func Seeded(name string, edits ...Edit) Build {
	return sync.OnceValues(func() (string, error) {
		overlay, err := overlay(name, edits)
		if err != nil {
			return "", err
		}
		return compile("web", "trolley-"+name, "-overlay", overlay)
	})
}

// overlay writes what "go build -overlay" takes.
func overlay(name string, edits []Edit) (path string, err error) {
	dir, err := scratch()
	if err != nil {
		return "", err
	}
	replace := map[string]string{}
	for i, e := range edits {
		original, err := e.path()
		if err != nil {
			return "", err
		}
		text, err := os.ReadFile(original)
		if err != nil {
			return "", err
		}
		if strings.Count(string(text), e.Old) != 1 {
			return "", fmt.Errorf("%s does not hold %s once: the seeded defect has to be written anew", e.File, e.Old)
		}
		edited := filepath.Join(dir, name+strconv.Itoa(i)+"-"+filepath.Base(original))
		if err := os.WriteFile(edited, []byte(strings.Replace(string(text), e.Old, e.New, 1)), 0o600); err != nil {
			return "", err
		}
		replace[original] = edited
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	path = filepath.Join(dir, name+".json")
	return path, os.WriteFile(path, text, 0o600)
}

// path is where the file is, from the folder of a package's tests.
func (e Edit) path() (string, error) {
	name, ok := strings.CutPrefix(e.File, "$GOROOT/")
	if !ok {
		return filepath.Abs(filepath.Join("..", "..", filepath.FromSlash(e.File)))
	}
	root, err := exec.Command("go", "env", "GOROOT").Output()
	return filepath.Join(strings.TrimSpace(string(root)), filepath.FromSlash(name)), err
}

// compile builds the program whose folder in cmd is command.
func compile(command, name string, flags ...string) (path string, err error) {
	watchSources()
	dir, err := scratch()
	if err != nil {
		return "", err
	}
	const patience = 10 * time.Minute // on a machine that has compiled nothing yet
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	path = filepath.Join(dir, name)
	args := append([]string{"build", "-o", path}, flags...)
	out, err := exec.CommandContext(ctx, "go", append(args, "trolley/cmd/"+command)...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("go %v: %w\n%s", args, err, out)
	}
	return path, nil
}

// watchSources lists the folders of the program, from the folder of a package's
// tests. "go test" keeps a result for as long as nothing that the test opened has
// changed, and cannot see what the compiler opens.
func watchSources() {
	for _, name := range []string{"cmd", "groupcommit", "internal", "migrations", "session", "ui"} {
		// An error needs no answer: the compiler will meet it too.
		_ = filepath.WalkDir(filepath.Join("..", "..", name), func(string, fs.DirEntry, error) error { return nil })
	}
}

// hasRaceDetector says whether this test was built with -race.
func hasRaceDetector() bool {
	info, ok := debug.ReadBuildInfo()
	return ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"})
}
