package main

import (
	"strings"
	"testing"
	"time"

	"trolley/test/pgtest"
)

// What is weighed is there, and of an order that can be: a row holds its data, an
// add logs less than a page, the first one on a page more than that.
func TestWeightsArePossible(t *testing.T) {
	t.Parallel()
	w, err := weigh(t.Context(), pgtest.New(t), 2000, 3)
	if err != nil {
		t.Fatal(err)
	}
	const page = 8192
	if w.heap < w.data || w.heap > 3*w.data {
		t.Errorf("a row of %.0f bytes of data takes %.0f", w.data, w.heap)
	}
	if w.primary < 43 || w.expiry < 8 {
		t.Errorf("index entries of %.0f and %.0f bytes", w.primary, w.expiry)
	}
	for what, bytes := range map[string]float64{"insert": w.insert, "add": w.add, "touch": w.touch, "purge": w.purge} {
		if bytes <= 0 || bytes > page {
			t.Errorf("%s logs %.0f bytes", what, bytes)
		}
	}
	if w.addCold <= w.add {
		t.Errorf("the first add after a checkpoint logs %.0f bytes, a later one %.0f", w.addCold, w.add)
	}
	var out strings.Builder
	p := plan{sessions: 86400, lifetime: 24 * time.Hour, adds: 2, views: 3, peak: 5}
	p.print(&out, w)
	for _, row := range []string{"purged ones, a second | 1 | 5 |", "| adds a second | 2 | 10 |", "| rows read a second | 5 | 25 |"} {
		if !strings.Contains(out.String(), row) {
			t.Errorf("no row %q in\n%s", row, out.String())
		}
	}
}
