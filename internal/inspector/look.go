package inspector

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"trolley/internal/inspector/recent"
	"trolley/internal/store"
	"trolley/session"
)

// How much of the table a look reads: the newest rows, and those that somebody
// looks at.
const (
	maxLooked    = 200
	maxWatched   = 300
	watchedFor   = 15 * time.Second
	lookDeadline = time.Second
)

// looks find what other processes did to the same table.
type looks struct {
	last time.Time // of the last look; zero before the first

	mu      sync.Mutex
	watched map[string]time.Time // by hash, when a page showed it last
}

// watch has the next looks include the sessions of a page that is shown.
func (l *looks) watch(hashes []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.watched == nil {
		l.watched = make(map[string]time.Time)
	}
	now := time.Now()
	for _, hash := range hashes {
		if _, known := l.watched[hash]; known || len(l.watched) < maxWatched {
			l.watched[hash] = now
		}
	}
}

// current returns the sessions that pages show.
func (l *looks) current() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	maps.DeleteFunc(l.watched, func(_ string, at time.Time) bool { return time.Since(at) > watchedFor })
	return slices.Collect(maps.Keys(l.watched))
}

// look compares rows of the table with what is known. It is not called by two
// goroutines at once.
func (ins *Inspector) look(ctx context.Context, s *store.Store) {
	ctx, cancel := context.WithTimeout(ctx, lookDeadline)
	defer cancel()
	began, watched := time.Now(), ins.looks.current()
	newest, err := s.NewestSessions(ctx, store.SessionStretch{Limit: maxLooked})
	if err != nil {
		return // the next look may find it; readiness says what is wrong
	}
	shown, err := s.SessionsByHash(ctx, watched)
	if err != nil {
		return
	}
	ins.CatchUp() // what was done meanwhile is news, not a discovery
	found := ins.recent.Gone(time.Now(), missing(watched, shown))
	found = append(found, ins.recent.Look(time.Now(), rowsOf(newest, shown), ins.looks.isNew)...)
	ins.looks.last = began
	for _, c := range found {
		ins.viewers.tell(c)
	}
}

// isNew reports whether a session of which nothing is known began after the last
// look.
func (l *looks) isNew(row recent.Row) bool {
	s, err := session.Decode(row.Data)
	return err == nil && !l.last.IsZero() && !s.Created.Before(l.last.Truncate(time.Second))
}

// rowsOf returns what was found, each row once and the oldest of the newest first.
func rowsOf(newest []store.ListedSession, shown map[string]store.ListedSession) (rows []recent.Row) {
	for _, s := range slices.Backward(newest) {
		rows = append(rows, recent.Row{Hash: s.Token, Data: s.Data})
		delete(shown, s.Token)
	}
	for _, s := range shown {
		rows = append(rows, recent.Row{Hash: s.Token, Data: s.Data})
	}
	return rows
}

// missing returns the hashes that are not among the found.
func missing(hashes []string, found map[string]store.ListedSession) (gone []string) {
	for _, hash := range hashes {
		if _, ok := found[hash]; !ok {
			gone = append(gone, hash)
		}
	}
	return gone
}
