package liftable

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestSessionCanBeTakenAlong(t *testing.T) {
	t.Parallel()
	canBeTakenAlong(t, "session")
}

func TestGroupcommitCanBeTakenAlong(t *testing.T) {
	t.Parallel()
	canBeTakenAlong(t, "groupcommit")
}

// canBeTakenAlong copies a folder of the repository into an empty module. It needs
// no network: the module asks for the versions of this repository.
func canBeTakenAlong(t *testing.T, folder string) {
	t.Helper()
	if testing.Short() {
		t.Skip("it builds the folder anew")
	}
	const repository = "../.."
	dir := t.TempDir()
	source := os.DirFS(filepath.Join(repository, folder))
	if err := os.CopyFS(filepath.Join(dir, folder), source); err != nil {
		t.Fatal(err)
	}
	versions, err := os.ReadFile(filepath.Join(repository, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	sums, err := os.ReadFile(filepath.Join(repository, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	versions = regexp.MustCompile(`(?m)^module .*$`).ReplaceAll(versions, []byte("module example.com/empty"))
	for name, content := range map[string][]byte{"go.mod": versions, "go.sum": sums} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	run(t, dir, "mod", "tidy")
	run(t, dir, "build", "./...")
	run(t, dir, "vet", "./...")
	run(t, dir, "test", "./...")
	module, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	if direct := bytes.Count(bytes.Split(module, []byte("// indirect"))[0], []byte("\n\t")); direct > 5 {
		t.Errorf("%s asks for %d modules:\n%s", folder, direct, module)
	}
}

func run(t *testing.T, dir string, args ...string) {
	t.Helper()
	c := exec.CommandContext(t.Context(), "go", args...)
	c.Dir = dir
	c.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off")
	if output, err := c.CombinedOutput(); err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, output)
	}
}
