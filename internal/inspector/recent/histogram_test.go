package recent

import (
	"math"
	"testing"
	"time"
)

func TestHistogramCountsByBound(t *testing.T) {
	t.Parallel()
	h := NewHistogram(.001, .01, .1)
	for _, d := range []time.Duration{0, time.Millisecond, 2 * time.Millisecond, 10 * time.Millisecond, time.Second} {
		h.Observe(d)
	}
	c := h.Counts()
	for i, want := range []uint64{2, 2, 0, 1} {
		if c.Counts[i] != want {
			t.Errorf("range %d counts %d, want %d", i, c.Counts[i], want)
		}
	}
	if c.Total() != 5 || math.Abs(c.Sum-1.013) > 1e-9 {
		t.Errorf("%d observations of %v s, want 5 of 1.013", c.Total(), c.Sum)
	}
}

func TestQuantiles(t *testing.T) {
	t.Parallel()
	h := NewHistogram(1, 2, 4)
	before := h.Counts()
	if _, ok := before.Quantile(.5); ok {
		t.Error("a quantile of nothing")
	}
	for range 10 {
		h.Observe(1500 * time.Millisecond)
	}
	for q, want := range map[float64]float64{.5: 1.5, 1: 2, .1: 1.1} {
		if got, ok := h.Counts().Quantile(q); !ok || math.Abs(got-want) > 1e-9 {
			t.Errorf("quantile %v is %v, want %v", q, got, want)
		}
	}
	middle := h.Counts()
	h.Observe(time.Minute)
	if got, _ := h.Counts().Since(middle).Quantile(.5); got != 4 {
		t.Errorf("what is above all bounds counts as %v, want the last of them", got)
	}
	if got := middle.Since(h.Counts()).Total(); got != 0 {
		t.Errorf("%d observations between now and later, want none", got)
	}
}
