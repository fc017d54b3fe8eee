package web

import (
	"fmt"
	"math"
	"time"

	"trolley/internal/locale"
)

// Since says how long ago a time is: "12 min ago", "just now"; "" for the zero time.
func Since(t time.Time) string {
	switch d := time.Since(t); {
	case t.IsZero():
		return ""
	case d < time.Second:
		return "just now"
	default:
		return Span(d) + " ago"
	}
}

// Left says how long it is until a time: "29 d 23 h".
func Left(t time.Time) string {
	if d := time.Until(t); d > 0 {
		return Span(d)
	}
	return "over"
}

// Span writes a duration with its two largest units, or one where the other does
// not matter.
func Span(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d >= day:
		return fmt.Sprintf("%d d %d h", d/day, d%day/time.Hour)
	case d >= time.Hour:
		return fmt.Sprintf("%d h %d min", d/time.Hour, d%time.Hour/time.Minute)
	case d >= time.Minute:
		return fmt.Sprintf("%d min", d/time.Minute)
	}
	return fmt.Sprintf("%d s", d/time.Second)
}

// size writes a number of bytes for people: "1.5 KiB".
func size(bytes int) string {
	v, units := float64(bytes), []string{"B", "KiB", "MiB", "GiB"}
	for v >= 1024 && len(units) > 1 {
		v, units = v/1024, units[1:]
	}
	if v < 100 && v != math.Trunc(v) {
		return fmt.Sprintf("%.1f %s", v, units[0])
	}
	return locale.Number(int(math.Round(v))) + " " + units[0]
}
