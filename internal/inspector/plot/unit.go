package plot

import (
	"math"

	"trolley/internal/locale"
)

// Unit is a way to write values for people.
type Unit struct {
	prefixes []prefix // the largest first
	whole    bool     // there is nothing between 0 and 1
	kilo     float64  // what a step to the next prefix multiplies by
}

// prefix is how values of at least from are written.
type prefix struct {
	from, size float64
	name       string
}

var (
	thousands = []prefix{{1e6, 1e6, " M"}, {1e4, 1e3, " k"}, {0, 1, ""}}
	bytes     = []prefix{{1 << 30, 1 << 30, " GiB"}, {1 << 20, 1 << 20, " MiB"}, {1 << 10, 1 << 10, " KiB"}, {0, 1, " B"}}
	seconds   = []prefix{{1, 1, " s"}, {1e-3, 1e-3, " ms"}, {math.SmallestNonzeroFloat64, 1e-6, " µs"}, {0, 1e-3, " ms"}}
)

// The units.
var (
	Count   = Unit{thousands, true, 1000}  // "950", "1.2 M"
	Number  = Unit{thousands, false, 1000} // "0.5", "12.3 k"
	Bytes   = Unit{bytes, true, 1024}      // "4.1 MiB"
	Seconds = Unit{seconds, false, 1000}   // "250 µs", "1.5 s"
)

// Write returns v, which is not negative, as people read it.
func (u Unit) Write(v float64) string {
	p := u.prefixes[0]
	for _, next := range u.prefixes[1:] {
		if v < p.from {
			p = next
		}
	}
	return short(v/p.size) + p.name
}

// short returns v with one decimal below 100, and none where it is whole.
func short(v float64) string {
	if v >= 100 || math.Abs(v-math.Round(v)) < 0.05 {
		return locale.Decimal(v, 0)
	}
	return locale.Decimal(v, 1)
}

// ticks returns one or two round values above zero, the last of which is at
// least most.
func (u Unit) ticks(most float64) []float64 {
	scale := 1.0
	for most/scale >= u.kilo {
		scale *= u.kilo
	}
	step := roundUp(most/scale/2) * scale
	if u.whole {
		step = math.Max(math.Ceil(step), 1)
	}
	if most <= step {
		return []float64{step}
	}
	return []float64{step, 2 * step}
}

// roundUp returns the next number that is easy to read by: 1, 2, 3, 4, 5, 6 or 8
// times a power of ten.
func roundUp(v float64) float64 {
	if v <= 0 {
		return 1
	}
	power := math.Pow(10, math.Floor(math.Log10(v)))
	for _, lead := range []float64{1, 2, 3, 4, 5, 6, 8} {
		if v <= lead*power*(1+1e-9) {
			return lead * power
		}
	}
	return 10 * power
}
