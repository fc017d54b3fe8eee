package web

import (
	"fmt"
	"time"
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
