package plot

import (
	"math"

	"trolley/internal/locale"
)

// Unit is a way to write values for people.
type Unit struct {
	write func(float64) string
	whole bool    // there is nothing between 0 and 1
	kilo  float64 // what a step to the next prefix multiplies by
}

// The units.
var (
	Count   = Unit{writeCount, true, 1000}   // "950", "1.2 M"
	Number  = Unit{writeCount, false, 1000}  // "0.5", "1.2 k"
	Bytes   = Unit{writeBytes, true, 1024}   // "4.1 MiB"
	Seconds = Unit{writeSeconds, false, 1e3} // "250 µs", "1.5 s"
)

// Write returns v as people read it.
func (u Unit) Write(v float64) string { return u.write(v) }

func writeCount(v float64) string {
	switch {
	case v >= 1e6:
		return short(v/1e6) + " M"
	case v >= 1e4:
		return short(v/1e3) + " k"
	}
	return short(v)
}

func writeBytes(v float64) string {
	for _, prefix := range []string{"B", "KiB", "MiB"} {
		if v < 1024 {
			return short(v) + " " + prefix
		}
		v /= 1024
	}
	return short(v) + " GiB"
}

func writeSeconds(v float64) string {
	switch {
	case v == 0:
		return "0 ms"
	case v < 1e-3:
		return short(v*1e6) + " µs"
	case v < 1:
		return short(v*1e3) + " ms"
	}
	return short(v) + " s"
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
