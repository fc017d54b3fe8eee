package session

import (
	"context"
	"encoding/json"
	"sync/atomic"
	"time"
)

// Info is what there is to know of the request's session.
type Info struct {
	ID       string    // short name, as in the log and the views: the hash's first 12 characters
	Hash     string    // the row's token column
	Data     []byte    // the row's data column, as loaded; not to be changed
	Created  time.Time // zero where unknown
	Deadline time.Time // absolute; nothing extends it
	Expires  time.Time // the row's expiry: the deadline, or earlier with an idle timeout
}

// Exists says whether the request came with a session that is stored.
func (i Info) Exists() bool { return i.Hash != "" }

// Current returns the session as it was loaded.
func Current(ctx context.Context) Info {
	r := current(ctx)
	info := Info{ID: r.row.id(), Hash: r.row.token, Data: r.row.data, Expires: r.row.expiry}
	if info.Exists() {
		info.Deadline = r.m.scs.Deadline(ctx)
		if stored, ok := r.m.scs.Get(ctx, createdKey).(*value); ok {
			_ = json.Unmarshal(stored.RawMessage, &info.Created) // zero where unreadable
		}
	}
	return info
}

// counters count what happened since the Manager was made.
type counters struct {
	Loads, Kept, Commits, Touches, Conflicts, Unreadable atomic.Int64
	Created, Renewed, Destroyed, Revoked, Expired        atomic.Int64
}

// Stats are totals since the Manager was made, for a metrics page.
type Stats struct {
	Loads, Kept, Commits, Touches, Conflicts, Unreadable int64
	Created, Renewed, Destroyed, Revoked, Expired        int64
}

// Stats returns the totals so far. Kept counts the Loads that read no row, since
// the session was in memory; Conflicts counts handlers that ran again;
// Unreadable rows and values that could not be decoded.
func (m *Manager) Stats() Stats {
	c := &m.stats
	return Stats{
		Loads: c.Loads.Load(), Kept: c.Kept.Load(), Commits: c.Commits.Load(), Touches: c.Touches.Load(),
		Conflicts: c.Conflicts.Load(), Unreadable: c.Unreadable.Load(),
		Created: c.Created.Load(), Renewed: c.Renewed.Load(),
		Destroyed: c.Destroyed.Load(), Revoked: c.Revoked.Load(), Expired: c.Expired.Load(),
	}
}
