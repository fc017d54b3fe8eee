package e2e

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"sync"
	"testing"
	"time"
)

// buildDir is where the program is built. TestMain makes and removes it.
var buildDir string

func TestMain(m *testing.M) {
	var err error
	if buildDir, err = os.MkdirTemp("", "trolley-e2e-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(buildDir)
	os.Exit(code)
}

// build builds the program once for all tests, with the race detector where
// they have it; buildQuick builds it without, for tests of many requests.
var (
	build = sync.OnceValues(func() (string, error) {
		if hasRaceDetector() {
			return compile("trolley-race", "-race")
		}
		return buildQuick()
	})
	buildQuick = sync.OnceValues(func() (string, error) { return compile("trolley") })
)

func compile(name string, flags ...string) (path string, err error) {
	watchSources()
	const patience = 10 * time.Minute // on a machine that has compiled nothing yet
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	path = filepath.Join(buildDir, name)
	args := append([]string{"build", "-o", path}, flags...)
	out, err := exec.CommandContext(ctx, "go", append(args, "../../cmd/web")...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("go %v: %w\n%s", args, err, out)
	}
	return path, nil
}

// watchSources lists the folders of the program. "go test" keeps a result for as
// long as nothing that the test opened has changed, and cannot see what the
// compiler opens.
func watchSources() {
	for _, name := range []string{"cmd", "internal", "migrations", "ui"} {
		// An error needs no answer: the compiler will meet it too.
		_ = filepath.WalkDir(filepath.Join("..", "..", name), func(string, fs.DirEntry, error) error { return nil })
	}
}

// hasRaceDetector says whether this test was built with -race.
func hasRaceDetector() bool {
	info, ok := debug.ReadBuildInfo()
	return ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"})
}
