package recent

import (
	"bytes"
	"time"

	"trolley/session"
)

// Row is a row of the table, as somebody found it.
type Row struct {
	Hash string
	Data []byte
}

// Look compares rows of the table with what is known of their sessions, and
// keeps and returns what other processes must have changed. Call it when all
// that this process did before the rows were read has been noted. isNew tells
// whether a session of which nothing is known has just begun.
func (s *Sessions) Look(at time.Time, rows []Row, isNew func(Row) bool) []Change {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []Change
	for _, row := range rows {
		c := Change{At: at, Kind: session.EventCommitted, Hash: row.Hash, Elsewhere: true, New: row.Data}
		seen := s.get(row.Hash)
		switch {
		case seen != nil && bytes.Equal(seen.data, row.Data):
			continue
		case seen != nil:
			c.Old = seen.data
		case isNew(row):
			c.Kind = session.EventCreated
		default: // seen for the first time: something to compare with
			s.update(row.Hash, func(k *known) { k.data = row.Data })
			continue
		}
		s.note(c)
		found = append(found, c)
	}
	return found
}

// Gone keeps and returns that sessions are no longer in the table, those of
// which anything is known.
func (s *Sessions) Gone(at time.Time, hashes []string) []Change {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []Change
	for _, hash := range hashes {
		if s.get(hash) == nil {
			continue
		}
		c := Change{At: at, Kind: session.EventDestroyed, Hash: hash, Elsewhere: true}
		s.note(c)
		found = append(found, c)
	}
	return found
}
