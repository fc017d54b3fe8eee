package inspector

import (
	"testing"
	"time"
)

func TestActivityMovesOnByTheMinute(t *testing.T) {
	t.Parallel()
	a := activity{}
	for _, after := range []time.Duration{0, time.Second, time.Minute, 5 * time.Minute, 4 * time.Minute} {
		a.add(noon.Add(after))
	}
	counts, total := a.until(noon.Add(6 * time.Minute))
	for ago, want := range map[int]int{6: 2, 5: 1, 1: 1, 0: 0, 2: 1} {
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
	a := activity{}
	for range 1 << 16 {
		a.add(noon)
	}
	if _, total := a.until(noon); total != 1<<16 {
		t.Errorf("%d, want %d", total, 1<<16)
	}
}

func TestActivityGoesOnWhenTheClockIsSetBack(t *testing.T) {
	t.Parallel()
	a := activity{}
	a.add(noon)
	back := noon.Add(-time.Hour)
	for range 3 {
		a.add(back)
	}
	counts, total := a.until(back.Add(5 * time.Minute))
	if got := counts[activeMinutes-1-5]; got != 3 || total != 3 {
		t.Errorf("5 minutes ago %d of %d, want 3 of 3", got, total)
	}
	a.add(back.Add(time.Hour))
	if _, total := a.until(back.Add(time.Hour)); total != 2 {
		t.Errorf("at noon again %d, want what was before the clock was set back, and one", total)
	}
}

func TestActivityForgetsWhatIsOld(t *testing.T) {
	t.Parallel()
	a := activity{}
	for minute := range 10 * activeMinutes {
		a.add(noon.Add(time.Duration(minute) * time.Minute))
	}
	if len(a) > activeMinutes {
		t.Errorf("%d minutes are kept", len(a))
	}
}
