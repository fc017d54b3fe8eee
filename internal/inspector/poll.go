package inspector

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"trolley/internal/store"
	"trolley/session"
)

// How much of the table a poll reads: the newest rows, and those on open pages.
const (
	maxPolled    = 200
	maxWatched   = 300
	watchedFor   = 15 * time.Second
	pollDeadline = time.Second
)

// watched are the sessions on open pages, by hash: when a page showed each last.
type watched struct {
	mu    sync.Mutex
	shown map[string]time.Time
}

// add has the next polls include the sessions of a page.
func (w *watched) add(sessions ...sessionView) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, s := range sessions {
		if _, ok := w.shown[s.Token]; ok || len(w.shown) < maxWatched {
			w.shown[s.Token] = time.Now()
		}
	}
}

// current returns the sessions that open pages show.
func (w *watched) current() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	maps.DeleteFunc(w.shown, func(_ string, at time.Time) bool { return time.Since(at) > watchedFor })
	return slices.Collect(maps.Keys(w.shown))
}

// poll finds in the table what other processes did. since is when the poll before
// began, the zero time before the first; poll returns when this one began. It
// ignores errors: the next poll may succeed, and readiness says what is wrong.
func (ins *Inspector) poll(ctx context.Context, since time.Time) (began time.Time) {
	ctx, cancel := context.WithTimeout(ctx, pollDeadline)
	defer cancel()
	began = time.Now()
	watched := ins.watched.current()
	newest, err := ins.store.NewestSessions(ctx, store.SessionStretch{Limit: maxPolled})
	if err != nil {
		return since
	}
	shown, err := ins.store.SessionsByHash(ctx, watched)
	if err != nil {
		return since
	}
	slices.Reverse(newest)
	ins.compare(slices.AppendSeq(newest, maps.Values(shown)), since)
	ins.forget(slices.DeleteFunc(watched, func(hash string) bool { _, ok := shown[hash]; return ok }))
	return began
}

// compare notes what other processes must have changed: where a row differs from
// what is known of its session. A session of which nothing is known is new if it
// began after since.
func (r *Recorder) compare(rows []store.SessionRow, since time.Time) {
	defer r.lock()()
	for _, row := range rows {
		c := change{Event: session.Event{Kind: session.EventCommitted, Time: time.Now(), Hash: row.Token, New: row.Data}, Elsewhere: true}
		k := r.known[row.Token]
		switch {
		case k != nil && bytes.Equal(k.data, row.Data):
			continue
		case k != nil:
			c.Old = k.data
		case beganAfter(since, row.Data):
			c.Kind = session.EventCreated
		default: // seen for the first time: something to compare with
			r.update(row.Token, func(k *known) { k.data = row.Data })
			continue
		}
		r.note(c)
	}
}

func beganAfter(since time.Time, data []byte) bool {
	s, err := session.Decode(data)
	return err == nil && !since.IsZero() && !s.Created.Before(since.Truncate(time.Second))
}

// forget notes that sessions are no longer in the table, those that are known.
func (r *Recorder) forget(hashes []string) {
	defer r.lock()()
	for _, hash := range hashes {
		if r.known[hash] != nil {
			r.note(change{Event: session.Event{Kind: session.EventDestroyed, Time: time.Now(), Hash: hash}, Elsewhere: true})
		}
	}
}
