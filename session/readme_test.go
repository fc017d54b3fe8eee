package session

import (
	"os"
	"strings"
	"testing"
)

// The README's program is the one that compiles, and is tested, in example.
func TestReadmeHasTheExample(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.ReadFile("example/main.go")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(readme), "```go\n"+string(program)+"```\n") {
		t.Error("README.md does not hold example/main.go as it is")
	}
}
