package inspector

import (
	"bytes"
	"cmp"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"
)

// known is what is remembered of a session.
type known struct {
	data      []byte // as last seen
	changes   []change
	last      time.Time // of them
	activity  activity
	conflicts int
	turn      int // when it was updated last, as Recorder.turn counts
}

// add adds a change. A poll may have found it before its event arrived, and have
// taken this process for another one: the event replaces what was found.
func (k *known) add(c change, limit int) {
	if n := len(k.changes); n > 0 {
		last := k.changes[n-1]
		switch {
		case last.Elsewhere && !c.Elsewhere && bytes.Equal(last.Old, c.Old):
			k.changes = k.changes[:n-1]
		case bytes.Equal(last.New, c.Old):
			c.Old = last.New // one copy is enough
		}
	}
	if len(k.changes) == limit {
		k.changes = slices.Delete(k.changes, 0, 1)
	}
	k.changes = append(k.changes, c)
	k.last = c.Time
	k.activity.add(c.Time)
	k.data = c.New
}

// size is an upper bound of the data that k holds: changes may share some.
func (k *known) size() int {
	n := len(k.data)
	for i := range k.changes {
		n += len(k.changes[i].Old) + len(k.changes[i].New)
	}
	return n
}

// history is what pages show of a session that changed. The zero history is that
// of a session of which nothing is known.
type history struct {
	Changes   []change  // the newest first
	Last      time.Time // of the changes
	Activity  []int     // changes in each of the last minutes, the oldest first; nil without any
	Total     int       // of Activity
	Conflicts int       // handlers that ran again
}

// history returns what is remembered of a session.
func (r *Recorder) history(hash string, now time.Time) history {
	defer r.lock()()
	k := r.known[hash]
	if k == nil {
		return history{}
	}
	h := history{Changes: slices.Clone(k.changes), Last: k.last, Conflicts: k.conflicts}
	slices.Reverse(h.Changes)
	if len(h.Changes) > 0 {
		h.Activity, h.Total = k.activity.until(now)
	}
	return h
}

// Last returns the last changes of a session by its hash, the newest first: when, and what
// it was, for people.
func (r *Recorder) Last(hash string) iter.Seq2[time.Time, string] {
	return func(yield func(time.Time, string) bool) {
		for _, c := range r.history(hash, time.Now()).Changes {
			text := "The session " + c.Sentence()
			if what := c.What(); len(what) > 0 {
				text += ": " + strings.Join(what, ", ")
			}
			if !yield(c.Time, text) {
				return
			}
		}
	}
}

// busiest returns the sessions that changed in the last minutes, the busiest
// first; of two alike the one that changed last.
func (r *Recorder) busiest(now time.Time) []string {
	defer r.lock()()
	totals, hashes := make(map[string]int), []string(nil)
	for hash, k := range r.known {
		if _, total := k.activity.until(now); total > 0 {
			totals[hash] = total
			hashes = append(hashes, hash)
		}
	}
	slices.SortFunc(hashes, func(a, b string) int {
		return cmp.Or(cmp.Compare(totals[b], totals[a]), r.known[b].last.Compare(r.known[a].last))
	})
	return hashes
}

// newest returns the last n changes of any session, the newest first.
func (r *Recorder) newest(n int) []change {
	defer r.lock()()
	newest := slices.Clone(r.latest[max(0, len(r.latest)-n):])
	slices.Reverse(newest)
	return newest
}

// since returns the last changes of any session after the first n, the newest
// last, how many more there were, and how many there are now.
func (r *Recorder) since(n int) (changes []change, more, total int) {
	defer r.lock()()
	after := min(r.total-n, len(r.latest))
	return slices.Clone(r.latest[len(r.latest)-after:]), r.total - n - after, r.total
}

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
