package recent

import (
	"slices"
	"sync/atomic"
	"time"
)

// Histogram counts durations by length. It is safe for concurrent use, and an
// observation is two additions.
type Histogram struct {
	bounds []float64 // seconds, ascending
	counts []atomic.Uint64
	nanos  atomic.Int64
}

// NewHistogram returns a histogram with the given upper bounds, in seconds and
// ascending, and one more for all that is above.
func NewHistogram(bounds ...float64) *Histogram {
	return &Histogram{bounds: bounds, counts: make([]atomic.Uint64, len(bounds)+1)}
}

// Observe counts a duration.
func (h *Histogram) Observe(d time.Duration) {
	i, _ := slices.BinarySearch(h.bounds, d.Seconds())
	h.counts[i].Add(1)
	h.nanos.Add(int64(d))
}

// Counts are the observations of a Histogram: Counts[i] are those of at most
// Bounds[i] and above the bound before it, the last those above all bounds.
type Counts struct {
	Bounds []float64 // seconds
	Counts []uint64
	Sum    float64 // seconds
}

// Counts returns what was observed so far.
func (h *Histogram) Counts() Counts {
	c := Counts{h.bounds, make([]uint64, len(h.counts)), time.Duration(h.nanos.Load()).Seconds()}
	for i := range h.counts {
		c.Counts[i] = h.counts[i].Load()
	}
	return c
}

// Since returns what was observed after before was taken from the same histogram.
func (c Counts) Since(before Counts) Counts {
	d := Counts{c.Bounds, slices.Clone(c.Counts), c.Sum - before.Sum}
	for i := range min(len(d.Counts), len(before.Counts)) {
		d.Counts[i] -= min(before.Counts[i], d.Counts[i])
	}
	return d
}

// Total returns the number of observations.
func (c Counts) Total() (n uint64) {
	for _, count := range c.Counts {
		n += count
	}
	return n
}

// Quantile estimates the value that a share q of the observations does not
// exceed, as if they were spread evenly between two bounds; false without
// observations. What is above all bounds counts as the last of them.
func (c Counts) Quantile(q float64) (float64, bool) {
	rank, low := q*float64(c.Total()), 0.0
	if len(c.Bounds) == 0 || c.Total() == 0 {
		return 0, false
	}
	for i, bound := range c.Bounds {
		n := float64(c.Counts[i])
		if n > 0 && rank <= n {
			return low + (bound-low)*rank/n, true
		}
		rank, low = rank-n, bound
	}
	return low, true
}
