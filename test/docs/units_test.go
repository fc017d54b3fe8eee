package docs

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"trolley/test/proctest"
)

// block is what stands between two fences of a document.
type block struct {
	language, text string
	file           string // the file whose name stands above it; "" for none
}

// named is the name of a file at the end of the text above a block.
var named = regexp.MustCompile("`(/etc/[^`]+)`:\\s*$")

// blocks returns the fenced blocks of a document.
func blocks(t *testing.T, document string) (all []block) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../..", document))
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split("\n"+string(text), "\n```")
	for i := 1; i < len(parts); i += 2 {
		b := block{}
		b.language, b.text, _ = strings.Cut(parts[i]+"\n", "\n")
		if above := named.FindStringSubmatch(parts[i-1]); above != nil {
			b.file = above[1]
		}
		all = append(all, b)
	}
	return all
}

// systemd understands the services of the document, and gives each an exposure below 2.5
// of 10.
func TestServicesAreConfined(t *testing.T) {
	t.Parallel()
	proctest.Need(t, "systemd-analyze")
	dir, services := t.TempDir(), 0
	for _, b := range blocks(t, "docs/operating.md") {
		if !strings.Contains(b.text, "[Service]") {
			continue
		}
		services++
		unit := filepath.Join(dir, "trolley-tried.service")
		if err := os.WriteFile(unit, []byte(b.text), 0o644); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command("systemd-analyze", "security", "--offline=true", "--threshold=25", unit).CombinedOutput()
		if err != nil {
			t.Errorf("%v\n%s", err, out)
		}
		if strings.Contains(string(out), "Unknown") || strings.Contains(string(out), "Failed to parse") {
			t.Errorf("%s", out)
		}
	}
	if services != 2 {
		t.Errorf("%d services, want that of the shop and that of the backup", services)
	}
}
