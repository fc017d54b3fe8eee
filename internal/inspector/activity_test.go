package inspector

import (
	"testing"
	"time"
)

func TestActivityMovesOnByTheMinute(t *testing.T) {
	t.Parallel()
	var a activity
	for _, after := range []time.Duration{0, time.Second, time.Minute, 5 * time.Minute, 4 * time.Minute} {
		a.add(noon.Add(after))
	}
	counts, total := a.until(noon.Add(6 * time.Minute))
	for ago, want := range map[int]int{6: 2, 5: 1, 1: 2, 0: 0, 2: 0} {
		if got := counts[activeMinutes-1-ago]; got != want {
			t.Errorf("%d minutes ago: %d, want %d", ago, got, want)
		}
	}
	if total != 5 {
		t.Errorf("%d in all, want 5", total)
	}
	if _, total := a.until(noon.Add(24 * time.Hour)); total != 0 {
		t.Errorf("a day later: %d", total)
	}
}

func TestActivityDoesNotOverflow(t *testing.T) {
	t.Parallel()
	var a activity
	for range 1 << 16 {
		a.add(noon)
	}
	if _, total := a.until(noon); total != 1<<16-1 {
		t.Errorf("%d, want the most that there is room for", total)
	}
}

func TestActivityGoesOnWhenTheClockIsSetBack(t *testing.T) {
	t.Parallel()
	var a activity
	a.add(noon)
	back := noon.Add(-time.Hour)
	for range 3 {
		a.add(back)
	}
	counts, total := a.until(back.Add(5 * time.Minute))
	if got := counts[activeMinutes-1-5]; got != 4 || total != 4 {
		t.Errorf("5 minutes ago %d of %d, want 4 of 4", got, total)
	}
	a.add(back.Add(time.Hour))
	if _, total := a.until(back.Add(time.Hour)); total != 1 {
		t.Errorf("an hour later %d, want 1", total)
	}
}
