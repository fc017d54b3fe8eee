package inspector

import (
	"maps"
	"time"
)

// activeMinutes is how far back the activity of a session is known.
const activeMinutes = 30

// activity counts what a session did, by minute since 1970.
type activity map[int64]int

// add counts one more, and forgets what is too old to be shown.
func (a activity) add(at time.Time) {
	minute := at.Unix() / 60
	a[minute]++
	if len(a) > activeMinutes {
		maps.DeleteFunc(a, func(old int64, _ int) bool { return old <= minute-activeMinutes })
	}
}

// until returns the counts of the last minutes, the oldest first, and their sum.
func (a activity) until(now time.Time) (counts []int, total int) {
	first := now.Unix()/60 - activeMinutes + 1
	for minute := range int64(activeMinutes) {
		counts = append(counts, a[first+minute])
		total += a[first+minute]
	}
	return counts, total
}
