package house

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A library is taken along by a copy of its folder, which no import may need to be
// edited for. The copy gets the versions that this module has, and no network.
func TestACopyOfALibraryPassesItsTests(t *testing.T) {
	t.Parallel()
	for _, library := range []string{"session", "groupcommit"} {
		t.Run(library, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if err := os.CopyFS(filepath.Join(dir, library), os.DirFS(filepath.Join("..", "..", library))); err != nil {
				t.Fatal(err)
			}
			for _, name := range []string{"go.mod", "go.sum"} {
				text, err := os.ReadFile(filepath.Join("..", "..", name))
				if err != nil {
					t.Fatal(err)
				}
				other := strings.Replace(string(text), "module "+module+"\n", "module example.com/other\n", 1)
				if err := os.WriteFile(filepath.Join(dir, name), []byte(other), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			for _, command := range [][]string{{"build", "./..."}, {"vet", "./..."}, {"test", "./..."}} {
				cmd := exec.CommandContext(t.Context(), "go", command...)
				cmd.Dir = dir
				cmd.Env = append(os.Environ(), "GOPROXY=off", "GOFLAGS=-mod=mod", "GOWORK=off")
				if out, err := cmd.CombinedOutput(); err != nil {
					t.Fatalf("go %s: %v\n%s", strings.Join(command, " "), err, out)
				}
			}
		})
	}
}
