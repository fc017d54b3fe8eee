package recent

import (
	"bytes"
	"slices"
	"sync"
	"time"

	"trolley/session"
)

// Limits bound what Sessions keeps.
type Limits struct {
	Sessions int // sessions
	Changes  int // of each session
	Bytes    int // of data, before and after the changes, of all sessions together
	Latest   int // changes of any session
}

// Sessions keeps the last changes of the sessions that changed last. It is safe
// for concurrent use.
//
// It has two generations. When the young one holds half of what the limits allow,
// the old one is dropped and the young one takes its place. A session that changes
// moves to the young generation.
type Sessions struct {
	limits Limits

	mu         sync.Mutex
	young, old map[string]*known // by hash
	bytes      int               // of the young
	latest     []Change          // the newest last
}

// Change is one event in the life of a session.
type Change struct {
	At        time.Time
	Kind      session.EventKind
	Hash      string
	Elsewhere bool   // another process did it: a poll of the table found it
	Old, New  []byte // the data column before and after; nil where there was none or it is not known
}

// ID is the short name of the session, as in the log.
func (c Change) ID() string { return session.ShortID(c.Hash) }

// known is what is known of a session.
type known struct {
	data      []byte // as last seen
	changes   []Change
	activity  activity
	conflicts int
}

// NewSessions returns an empty Sessions.
func NewSessions(l Limits) *Sessions { return &Sessions{limits: l, young: make(map[string]*known)} }

// Note records what this process did to a session.
func (s *Sessions) Note(e session.Event) Change {
	c := Change{At: e.Time, Kind: e.Kind, Hash: e.Hash, Old: e.Old, New: e.New}
	s.mu.Lock()
	defer s.mu.Unlock()
	if k := s.get(e.Was); k != nil && e.Kind == session.EventRenewed {
		s.drop(e.Was)
		s.young[e.Hash] = k
		s.bytes += k.size()
	}
	s.note(c)
	return c
}

// note needs the lock, as all below do.
func (s *Sessions) note(c Change) {
	s.latest = append(s.latest[max(0, len(s.latest)+1-s.limits.Latest):], c)
	switch c.Kind {
	case session.EventDestroyed, session.EventExpired:
		s.drop(c.Hash)
	case session.EventConflict:
		if k := s.get(c.Hash); k != nil {
			k.conflicts++
		}
	default:
		s.update(c.Hash, func(k *known) {
			k.activity.add(c.At)
			k.append(c, s.limits.Changes)
		})
	}
}

// append adds a change. A poll may have found it before its event arrived, and
// have taken this process for another one: the event replaces what was found.
func (k *known) append(c Change, limit int) {
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

func (s *Sessions) get(hash string) *known {
	if k := s.young[hash]; k != nil {
		return k
	}
	return s.old[hash]
}

// update changes what is known of a session, which moves to the young generation.
func (s *Sessions) update(hash string, change func(*known)) {
	k := s.get(hash)
	if k == nil {
		k = new(known)
	}
	s.drop(hash)
	change(k)
	s.young[hash] = k
	s.bytes += k.size()
	if 2*len(s.young) > s.limits.Sessions || 2*s.bytes > s.limits.Bytes {
		s.old, s.young, s.bytes = s.young, make(map[string]*known), 0
	}
}

func (s *Sessions) drop(hash string) {
	if k := s.young[hash]; k != nil {
		s.bytes -= k.size()
	}
	delete(s.young, hash)
	delete(s.old, hash)
}
