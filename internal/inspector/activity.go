package inspector

import "time"

// activeMinutes is how far back the activity of a session is known.
const activeMinutes = 30

// activity counts what a session did in each of the last minutes.
type activity struct {
	minute int64 // since 1970, of the last count
	counts [activeMinutes]uint16
}

// add counts one more, at a time that is not before any other unless the clock was
// set back.
func (a *activity) add(at time.Time) {
	a.advance(at)
	if last := &a.counts[activeMinutes-1]; *last < 1<<16-1 {
		*last++
	}
}

func (a *activity) advance(to time.Time) {
	minute := to.Unix() / 60
	gone := minute - a.minute
	switch {
	case gone == 0, gone == -1: // -1: news that were overtaken
		return
	case gone < 0: // a clock that was set back: this minute is the last one now
	case gone >= activeMinutes:
		clear(a.counts[:])
	default:
		n := copy(a.counts[:], a.counts[gone:])
		clear(a.counts[n:])
	}
	a.minute = minute
}

// until returns the counts of the last minutes, the oldest first, and their sum.
func (a activity) until(now time.Time) (counts []int, total int) {
	a.advance(now)
	counts = make([]int, activeMinutes)
	for i, n := range a.counts {
		counts[i] = int(n)
		total += int(n)
	}
	return counts, total
}
