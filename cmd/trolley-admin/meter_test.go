package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// clockedMeter returns a meter for somebody who is looking, and its clock.
func clockedMeter(visible bool) (m *meter, out *bytes.Buffer, clock *time.Time) {
	clock, out = &time.Time{}, &bytes.Buffer{}
	now := func() time.Time { return *clock }
	return &meter{w: out, now: now, began: now(), visible: visible, bytes: true}, out, clock
}

func TestABarShowsWhatTakesLong(t *testing.T) {
	t.Parallel()
	m, out, clock := clockedMeter(true)
	m.show("copying", 10, 100)
	*clock = clock.Add(meterAfter - 1)
	m.show("copying", 20, 100)
	if out.Len() > 0 {
		t.Errorf("within a second it shows %q", out)
	}
	*clock = clock.Add(1)
	m.show("copying", 30, 100)
	m.clear()
	if !strings.Contains(out.String(), "copying") || !strings.Contains(out.String(), "30%") {
		t.Errorf("after a second it shows %q", out)
	}
}

func TestNoBarWhereNobodyLooks(t *testing.T) {
	t.Parallel()
	m, out, clock := clockedMeter(false)
	*clock = clock.Add(time.Hour)
	m.show("copying", 30, 100)
	m.clear()
	if out.Len() > 0 {
		t.Errorf("it shows %q", out)
	}
	file, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if isTerminal(file) || isTerminal(out) {
		t.Error("a file and a buffer are taken for terminals")
	}
}
