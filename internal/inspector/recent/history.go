package recent

import (
	"cmp"
	"slices"
	"time"
)

// History is what is known of a session. The zero History is that of a session
// of which nothing is.
type History struct {
	Changes   []Change  // the newest first; not to be changed
	Last      time.Time // of the changes; zero without
	Activity  []int     // changes in each of the last Minutes, the oldest first; nil without
	Total     int       // of Activity
	Conflicts int       // handlers that ran again
}

// History returns what is known of a session.
func (s *Sessions) History(hash string, now time.Time) History {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.get(hash)
	if k == nil {
		return History{}
	}
	h := History{Changes: slices.Clone(k.changes), Conflicts: k.conflicts}
	slices.Reverse(h.Changes)
	if len(h.Changes) > 0 {
		h.Last = h.Changes[0].At
		h.Activity, h.Total = k.activity.until(now)
	}
	return h
}

// Busiest returns the sessions that changed in the last Minutes, the busiest
// first; of two alike the one that changed last.
func (s *Sessions) Busiest(now time.Time) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	totals, hashes := make(map[string]int), []string(nil)
	for _, generation := range []map[string]*known{s.young, s.old} {
		for hash, k := range generation {
			if _, total := k.activity.until(now); total > 0 {
				totals[hash] = total
				hashes = append(hashes, hash)
			}
		}
	}
	slices.SortFunc(hashes, func(a, b string) int {
		return cmp.Or(cmp.Compare(totals[b], totals[a]), s.get(b).last().Compare(s.get(a).last()))
	})
	return hashes
}

// last is when k changed last.
func (k *known) last() time.Time { return k.changes[len(k.changes)-1].At }

// Latest returns the last changes of any session, the newest first.
func (s *Sessions) Latest() []Change {
	s.mu.Lock()
	defer s.mu.Unlock()
	latest := slices.Clone(s.latest)
	slices.Reverse(latest)
	return latest
}
