package main

import (
	"os"
	"testing"
)

const flaky = `package flaky

import ("os"; "testing")

func TestFails(t *testing.T) { t.Run("always", func(t *testing.T) { t.Error("no") }) }

func TestFailsOnce(t *testing.T) {
	t.Run("there", func(t *testing.T) {
		if os.Mkdir("seen", 0o700) == nil { t.Error("the first time") }
	})
}

func TestRaces(t *testing.T) {
	if os.Mkdir("raced", 0o700) == nil {
		n, done := 0, make(chan bool)
		go func() { n++; close(done) }()
		n++
		<-done
	}
}
`

// A second run excuses what passes in it, unless that was a data race.
func TestSecondRun(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("GOFLAGS", "-mod=mod")
	for name, text := range map[string]string{"go.mod": "module flaky\n", "flaky_test.go": flaky} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r := results{skipped: map[string][]test{}, output: map[test]string{}}
	r.run(t.Context(), nil, ".")
	if r.passed != 0 || r.failed != 5 {
		t.Fatalf("the first run: %d passed, %d failed, want 0 and 5", r.passed, r.failed)
	}
	r.runAgain(t.Context())
	if r.passed != 2 || r.failed != 3 {
		t.Errorf("with the second run: %d passed, %d failed, want 2 and 3", r.passed, r.failed)
	}
}
