package session

import "time"

// EventKind says what became of a session.
type EventKind string

// The kinds of Event.
const (
	EventCreated   EventKind = "created"   // its first row was stored
	EventCommitted EventKind = "committed" // its row holds new data
	EventRenewed   EventKind = "renewed"   // it has a new token, and a new row
	EventDestroyed EventKind = "destroyed" // its visitor, or Manager.Revoke, ended it
	EventExpired   EventKind = "expired"   // its time was over and its row was removed
	EventConflict  EventKind = "conflict"  // another request was first and the handler runs again
)

// Event is something that became of a session and is final: a transaction that
// the commit joined has been committed. Who gets one shares Old and New with the
// package and must not change them.
type Event struct {
	Kind    EventKind
	Time    time.Time     // when it was observed
	Hash    string        // the row's token column; "" for a conflict of a session that has no row yet
	Was     string        // renewed: the token column before
	Old     []byte        // committed, renewed, destroyed: the data column before; nil where unknown
	New     []byte        // created, committed, renewed: the data column now
	Expires time.Time     // created, committed, renewed: the row's expiry
	Took    time.Duration // the writing of the row, the wait for it included; 0 inside a handler's own transaction
}

// ID is the short name of the session, as in the log.
func (e Event) ID() string { return shortID(e.Hash) }

// observe tells Options.Observe. Without one it costs a comparison.
func (m *Manager) observe(e Event) {
	if m.Observe == nil {
		return
	}
	e.Time = time.Now()
	m.Observe(e)
}

// observeCommit has the commit that began then observed once it is final.
func (m *Manager) observeCommit(r *request, old, next row, began time.Time) {
	if m.Observe == nil {
		return
	}
	e := Event{Kind: EventCommitted, Hash: next.token, Old: old.data, New: next.data, Expires: next.expiry}
	switch old.token {
	case next.token:
	case "":
		e.Kind = EventCreated
	default:
		e.Kind, e.Was = EventRenewed, old.token
	}
	if r.tx == nil {
		e.Took = time.Since(began)
	}
	r.then(func() { m.observe(e) })
}
