package recent

import (
	"slices"
	"testing"
)

func TestRingKeepsTheLastValues(t *testing.T) {
	t.Parallel()
	r := NewRing[int](3)
	if got := r.All(); len(got) != 0 {
		t.Errorf("an empty ring holds %v", got)
	}
	for n, want := range [][]int{{0}, {0, 1}, {0, 1, 2}, {1, 2, 3}, {2, 3, 4}, {3, 4, 5}, {4, 5, 6}} {
		r.Add(n)
		if got := r.All(); !slices.Equal(got, want) {
			t.Errorf("after %d: %v, want %v", n, got, want)
		}
	}
	r.All()[0] = 100
	if got := r.All(); got[0] != 4 {
		t.Errorf("who changes the copy changes the ring: %v", got)
	}
}

func TestRingOfNothingKeepsOne(t *testing.T) {
	t.Parallel()
	r := NewRing[string](0)
	r.Add("a")
	r.Add("b")
	if got := r.All(); !slices.Equal(got, []string{"b"}) {
		t.Errorf("%q, want b", got)
	}
}
