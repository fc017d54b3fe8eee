package faults

import (
	"context"
	"encoding/json"
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

// buildDir is where the program is built. TestMain makes and removes it.
var buildDir string

func TestMain(m *testing.M) {
	var err error
	if buildDir, err = os.MkdirTemp("", "trolley-faults-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(buildDir)
	os.Exit(code)
}

// build builds the program once for all tests, with the race detector where they
// have it themselves; buildQuick builds it without, where time counts.
var (
	build = sync.OnceValues(func() (string, error) {
		if hasRaceDetector() {
			return compile("trolley-race", "-race")
		}
		return buildQuick()
	})
	buildQuick = sync.OnceValues(func() (string, error) { return compile("trolley") })
)

// buildUnsynced builds a program with a seeded defect: it acknowledges what has
// not reached the disk.
var buildUnsynced = sync.OnceValues(func() (string, error) {
	overlay, err := overlay([]edit{
		{"internal/store/sqlite_dsn.go", `"_synchronous":  {"FULL"}`, `"_synchronous":  {"NORMAL"}`},
		{"internal/store/sqlite_connector.go", `{"PRAGMA synchronous", "2"}`, `{"PRAGMA synchronous", "1"}`},
	})
	if err != nil {
		return "", err
	}
	return compile("trolley-unsynced", "-overlay", overlay)
})

// edit replaces a text in a source file, for one build.
type edit struct{ file, old, new string }

// overlay writes what "go build -overlay" takes.
func overlay(edits []edit) (path string, err error) {
	replace := map[string]string{}
	for i, e := range edits {
		original, err := filepath.Abs(filepath.Join("..", "..", filepath.FromSlash(e.file)))
		if err != nil {
			return "", err
		}
		text, err := os.ReadFile(original)
		if err != nil {
			return "", err
		}
		if strings.Count(string(text), e.old) != 1 {
			return "", fmt.Errorf("%s does not hold %s once: the seeded defect has to be written anew", e.file, e.old)
		}
		edited := filepath.Join(buildDir, strconv.Itoa(i)+"-"+filepath.Base(original))
		if err := os.WriteFile(edited, []byte(strings.Replace(string(text), e.old, e.new, 1)), 0o600); err != nil {
			return "", err
		}
		replace[original] = edited
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	path = filepath.Join(buildDir, "overlay.json")
	return path, os.WriteFile(path, text, 0o600)
}

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

// times is a number from the environment, which long runs set.
func times(t testing.TB, variable string, usual int) int {
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
