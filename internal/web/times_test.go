package web

import (
	"testing"
	"time"
)

func TestSpansOfTime(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{0: "0 s", 59 * time.Second: "59 s", 12 * time.Minute: "12 min", 3*time.Hour + 59*time.Second: "3 h 0 min", 29*24*time.Hour + 23*time.Hour: "29 d 23 h"} {
		if got := Span(d); got != want {
			t.Errorf("%v is %q, want %q", d, got, want)
		}
	}
	if got := Left(time.Now().Add(-time.Second)); got != "over" {
		t.Errorf("a second ago is %q", got)
	}
	if got := Since(time.Now().Add(time.Hour)) + Since(time.Time{}); got != "just now" {
		t.Errorf("an hour from now is %q", got)
	}
}
