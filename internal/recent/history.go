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
	at := s.byHash[hash]
	if at == nil {
		return History{}
	}
	return at.Value.(*known).history(now)
}

func (k *known) history(now time.Time) History {
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
	type candidate struct {
		hash  string
		total int
	}
	var busy []candidate
	for at := s.order.Back(); at != nil; at = at.Prev() {
		k := at.Value.(*known)
		if _, total := k.activity.until(now); total > 0 {
			busy = append(busy, candidate{k.hash, total})
		}
	}
	slices.SortStableFunc(busy, func(a, b candidate) int { return cmp.Compare(b.total, a.total) })
	hashes := make([]string, len(busy))
	for i, b := range busy {
		hashes[i] = b.hash
	}
	return hashes
}

// Latest returns what happened last to whichever session, the newest first and
// without data.
func (s *Sessions) Latest() []Change {
	all := s.latest.All()
	slices.Reverse(all)
	return all
}

// Size returns how many sessions are known, and how many bytes of data.
func (s *Sessions) Size() (sessions, bytes int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.order.Len(), s.bytes
}
