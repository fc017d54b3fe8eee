package recent

import (
	"bytes"
	"container/list"
	"slices"
	"sync"
	"time"

	"trolley/session"
)

// Limits bound what Sessions keeps. What did not change for longest goes first.
type Limits struct {
	Sessions int // sessions
	Changes  int // of each session
	Bytes    int // of data, before and after the changes, of all sessions together
	Latest   int // changes of whichever session
}

// Sessions keeps the last changes of the sessions that changed last. It is safe
// for concurrent use.
type Sessions struct {
	limits Limits
	latest *Ring[Change]

	mu     sync.Mutex
	byHash map[string]*list.Element // of *known
	order  *list.List               // the one that did not change for longest is in front
	bytes  int
}

// Change is something that became of a session.
type Change struct {
	At        time.Time
	Kind      session.EventKind
	Hash      string
	Elsewhere bool   // another process did it: it was found in the table
	Old, New  []byte // the data column before and after; nil where there was none or it is not known
}

// ID is the short name of the session, as in the log.
func (c Change) ID() string { return session.ShortID(c.Hash) }

// known is what is known of a session.
type known struct {
	hash      string
	data      []byte // as last seen
	changes   []Change
	activity  activity
	conflicts int
}

// NewSessions returns an empty Sessions.
func NewSessions(l Limits) *Sessions {
	return &Sessions{limits: l, latest: NewRing[Change](l.Latest), byHash: make(map[string]*list.Element), order: list.New()}
}

// Note keeps what this process did to a session.
func (s *Sessions) Note(e session.Event) Change {
	c := Change{At: e.Time, Kind: e.Kind, Hash: e.Hash, Old: e.Old, New: e.New}
	s.mu.Lock()
	defer s.mu.Unlock()
	if e.Kind == session.EventRenewed {
		s.rename(e.Was, e.Hash)
	}
	s.note(c)
	return c
}

// note needs the lock, as all below do.
func (s *Sessions) note(c Change) {
	s.latest.Add(Change{At: c.At, Kind: c.Kind, Hash: c.Hash, Elsewhere: c.Elsewhere})
	switch c.Kind {
	case session.EventDestroyed, session.EventExpired:
		s.drop(s.byHash[c.Hash])
	case session.EventConflict:
		if at := s.byHash[c.Hash]; at != nil {
			at.Value.(*known).conflicts++
		}
	default:
		k := s.touch(c.Hash)
		k.activity.add(c.At)
		s.bytes -= k.size()
		k.append(c, s.limits.Changes)
		s.bytes += k.size()
		s.evict()
	}
}

// append keeps a change. A look at the table may have been faster than the news
// of it, and have taken this process for another one: the news counts.
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
	k.changes = append(k.changes, c)
	k.changes = slices.Clone(k.changes[max(0, len(k.changes)-limit):])
	k.data = c.New
}

// size is how much data k holds, to within what its changes share.
func (k *known) size() int {
	n := len(k.data)
	for i, c := range k.changes {
		n += len(c.New)
		if i == 0 || !bytes.Equal(k.changes[i-1].New, c.Old) {
			n += len(c.Old)
		}
	}
	return n
}

// touch returns what is known of a session, and counts it as the one that
// changed last.
func (s *Sessions) touch(hash string) *known {
	at := s.byHash[hash]
	if at == nil {
		at = s.order.PushBack(&known{hash: hash})
		s.byHash[hash] = at
	}
	s.order.MoveToBack(at)
	return at.Value.(*known)
}

func (s *Sessions) rename(from, to string) {
	if at := s.byHash[from]; at != nil && s.byHash[to] == nil {
		at.Value.(*known).hash = to
		delete(s.byHash, from)
		s.byHash[to] = at
	}
}

func (s *Sessions) drop(at *list.Element) {
	if at == nil {
		return
	}
	k := s.order.Remove(at).(*known)
	delete(s.byHash, k.hash)
	s.bytes -= k.size()
}

func (s *Sessions) evict() {
	for s.order.Len() > s.limits.Sessions || s.bytes > s.limits.Bytes && s.order.Len() > 1 {
		s.drop(s.order.Front())
	}
}
