package main

import (
	"fmt"
	"time"

	"trolley/internal/plot"
)

// since says how long ago a time is: "12 min ago"; "" for the zero time.
func since(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return span(max(time.Since(t), 0)) + " ago"
}

// left says how long it is until a time: "29 d 23 h".
func left(t time.Time) string {
	if d := time.Until(t); d > 0 {
		return span(d)
	}
	return "over"
}

// span writes a duration with its two largest units, or one where the other does
// not matter.
func span(d time.Duration) string {
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

// size writes a number of bytes for people.
func size(bytes int) string { return plot.Bytes.Write(float64(bytes)) }
