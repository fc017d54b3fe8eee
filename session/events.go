package session

import (
	"context"
	"time"
)

// EventKind says what happened to a session.
type EventKind string

// The kinds of Event.
const (
	EventCreated   EventKind = "created"   // its first row was stored
	EventCommitted EventKind = "committed" // its row holds new data
	EventRenewed   EventKind = "renewed"   // it has a new token, and a new row
	EventDestroyed EventKind = "destroyed" // its visitor, or Manager.Revoke, ended it
	EventExpired   EventKind = "expired"   // its row was removed after its expiry
	EventConflict  EventKind = "conflict"  // another request came first and the handler runs again
)

// Event is something that happened to a session and is final: a transaction that the
// commit joined has been committed. Old and New are shared with the package and must
// not be changed.
type Event struct {
	Kind    EventKind
	Time    time.Time     // when it was observed
	Hash    string        // the row's token column; "" for a conflict of a session that has no row yet
	Was     string        // renewed: the token column before
	Old     []byte        // committed, renewed, destroyed: the data column before; nil if unknown
	New     []byte        // created, committed, renewed: the data column now
	Expires time.Time     // created, committed, renewed: the row's expiry
	Took    time.Duration // the writing of the row, with the wait for it; 0 inside a handler's own transaction
}

// ID returns the short name of the session, as in the log.
func (e Event) ID() string { return ShortID(e.Hash) }

// observe counts an event, and calls Options.Observe. Without one it costs a comparison.
func (m *Manager) observe(total *int64, e Event) {
	m.count(total)
	if m.o.Observe != nil {
		e.Time = time.Now()
		m.o.Observe(e)
	}
}

// note counts, logs and observes an event that is final.
func (m *Manager) note(ctx context.Context, total *int64, e Event, about ...any) {
	m.o.Log.InfoContext(ctx, "session "+string(e.Kind), append([]any{"session", e.ID()}, about...)...)
	m.observe(total, e)
}

// noteCommit keeps the note of a commit until that is final.
func (s *session) noteCommit(ctx context.Context, old, next *record, began time.Time) {
	m, e := s.m, Event{Kind: EventCommitted, Hash: next.token, Old: old.data, New: next.data, Expires: next.expiry}
	if s.tx == nil {
		e.Took = time.Since(began)
	}
	s.onCommit = append(s.onCommit, func() {
		switch old.token {
		case next.token:
			m.observe(&m.stats.Commits, e)
		case "":
			e.Kind = EventCreated
			m.count(&m.stats.Created)
			m.note(ctx, &m.stats.Commits, e, "expires", e.Expires)
		default:
			e.Kind, e.Was = EventRenewed, old.token
			m.count(&m.stats.Renewed)
			m.note(ctx, &m.stats.Commits, e, "was", ShortID(e.Was))
		}
	})
}

// noteDestroyed notes a session that its visitor ended.
func (m *Manager) noteDestroyed(ctx context.Context, token string, data []byte) {
	m.note(ctx, &m.stats.Destroyed, Event{Kind: EventDestroyed, Hash: token, Old: data})
}

func (m *Manager) noteExpired(ctx context.Context, tokens []string) {
	var ids []string
	for _, token := range tokens {
		ids = append(ids, ShortID(token))
		m.observe(&m.stats.Expired, Event{Kind: EventExpired, Hash: token})
	}
	if len(ids) > 0 {
		m.o.Log.InfoContext(ctx, "sessions expired", "count", len(ids), "sessions", ids)
	}
}

// Stats are totals since the Manager was made, for a metrics page. Cached counts the
// Loads that read no row; Conflicts counts handlers that ran again; Unreadable counts
// rows and values that could not be decoded.
type Stats struct {
	Loads, Cached, Commits, Touches, Conflicts, Unreadable int64
	Created, Renewed, Destroyed, Revoked, Expired          int64
}

// Stats returns the totals so far.
func (m *Manager) Stats() Stats {
	m.statsMu.Lock()
	defer m.statsMu.Unlock()
	return m.stats
}

func (m *Manager) count(total *int64) {
	m.statsMu.Lock()
	defer m.statsMu.Unlock()
	*total++
}
