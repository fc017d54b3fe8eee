package plot

import (
	"math"

	"trolley/internal/locale"
)

// Unit is a way to write values for people: its prefixes, the largest first.
type Unit []prefix

// prefix is how values of at least from are written.
type prefix struct {
	from, size float64
	name       string
}

// The units.
var (
	Number  = Unit{{1e6, 1e6, " M"}, {1e4, 1e3, " k"}, {0, 1, ""}}                                                   // "950", "12.3 k"
	Bytes   = Unit{{1 << 30, 1 << 30, " GiB"}, {1 << 20, 1 << 20, " MiB"}, {1 << 10, 1 << 10, " KiB"}, {0, 1, " B"}} // "4.1 MiB"
	Seconds = Unit{{1, 1, " s"}, {1e-3, 1e-3, " ms"}, {math.SmallestNonzeroFloat64, 1e-6, " µs"}, {0, 1e-3, " ms"}}  // "250 µs", "1.5 s"
)

// Write returns v, which is not negative, as people read it.
func (u Unit) Write(v float64) string { return u.of(v).write(v) }

// of returns the prefix to write v with.
func (u Unit) of(v float64) prefix {
	p := u[0]
	for _, next := range u[1:] {
		if v < p.from {
			p = next
		}
	}
	return p
}

// write returns v with one decimal below 100, and none where it is whole.
func (p prefix) write(v float64) string {
	v /= p.size
	if v >= 100 || math.Abs(v-math.Round(v)) < 0.05 {
		return locale.Decimal(v, 0) + p.name
	}
	return locale.Decimal(v, 1) + p.name
}

// ticks returns one or two values to read by, the last of which is at least most, and
// the prefix in which all of them are whole numbers.
func (u Unit) ticks(most float64) ([]float64, prefix) {
	p := u.of(most)
	step := roundUp(most/p.size/2) * p.size
	if most <= step {
		return []float64{step}, p
	}
	return []float64{step, 2 * step}, p
}

// roundUp returns the next whole number that is easy to read by: 1, 2, 3, 4, 5, 6 or 8
// times a power of ten. A little more than one of them is that one: 0.3/0.1 is not 3.
func roundUp(v float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(max(v, 1))))
	for _, lead := range []float64{1, 2, 3, 4, 5, 6, 8} {
		if v <= lead*power*(1+1e-9) {
			return lead * power
		}
	}
	return 10 * power
}
