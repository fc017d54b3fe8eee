package cart_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// dependencies returns all packages that pkg is built from, itself included:
// those of the standard library, and the others.
func dependencies(t *testing.T, pkg string) (standard, others []string) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", "{{.Standard}} {{.ImportPath}}", pkg).Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	for line := range strings.Lines(string(out)) {
		if path, ok := strings.CutPrefix(strings.TrimSpace(line), "true "); ok {
			standard = append(standard, path)
		} else {
			others = append(others, strings.TrimPrefix(strings.TrimSpace(line), "false "))
		}
	}
	return standard, others
}

func TestTheDomainKnowsNoHTTPAndNoSQL(t *testing.T) {
	t.Parallel()
	standard, others := dependencies(t, ".")
	for _, banned := range []string{"net/http", "database/sql", "html/template", "os/exec"} {
		if slices.Contains(standard, banned) {
			t.Errorf("internal/cart depends on %s", banned)
		}
	}
	if want := []string{"trolley/internal/cart"}; !slices.Equal(others, want) {
		t.Errorf("outside the standard library internal/cart is built from %v, want only itself: %v", others, want)
	}
}

func TestABannedImportWouldBeFound(t *testing.T) {
	t.Parallel()
	standard, others := dependencies(t, "github.com/alexedwards/scs/v2")
	if !slices.Contains(standard, "net/http") || len(others) == 0 {
		t.Errorf("scs is built from %v and %v, want net/http among them", standard, others)
	}
}
