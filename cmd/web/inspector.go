package main

import (
	"context"
	"strings"
	"sync/atomic"
	"time"

	"trolley/internal/recent"
	"trolley/internal/store"
	"trolley/session"
)

// What the inspector keeps in memory, at most: however many sessions there are
// and whatever they do, some 50 MB if each of them is as large as can be, and a
// few with sessions of the usual size.
const (
	maxNews       = 1024     // events on their way; more are dropped, and counted
	maxKnown      = 4096     // sessions whose last changes are known
	maxChanges    = 8        // of each
	maxKnownBytes = 16 << 20 // of data, before and after all these changes
	maxLatest     = 12       // changes of whichever session
	maxSamples    = 721      // an hour, and the moment before it
	maxViewers    = 16       // streams of events
)

const (
	lookInterval   = 2 * time.Second // between two looks at the table
	sampleInterval = 5 * time.Second // between two samples
)

// inspector is what the back office knows besides what the tables hold. All of
// it is in memory and begins with the process.
type inspector struct {
	news    chan session.Event
	dropped atomic.Int64
	recent  *recent.Sessions
	commits *recent.Histogram // how long the commits of sessions took
	samples *recent.Ring[sample]
	viewers *viewers
	counts  counts
	looks   looks
}

func newInspector(s *store.Store) *inspector {
	return &inspector{
		news:    make(chan session.Event, maxNews),
		recent:  recent.NewSessions(recent.Limits{Sessions: maxKnown, Changes: maxChanges, Bytes: maxKnownBytes, Latest: maxLatest}),
		commits: recent.NewHistogram(.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5),
		samples: recent.NewRing[sample](maxSamples),
		viewers: newViewers(),
		counts:  counts{count: s.CountSessions},
	}
}

// observe takes what became of a session from the request that did it, which
// must not wait: what finds no room is dropped, and shows in the next look at
// the table.
func (i *inspector) observe(e session.Event) {
	if e.Took > 0 {
		i.commits.Observe(e.Took)
	}
	select {
	case i.news <- e:
	default:
		i.dropped.Add(1)
	}
}

// inspect keeps the inspector up to date until ctx ends.
func (app *application) inspect(ctx context.Context) {
	look, sampling := time.NewTicker(lookInterval), make(chan struct{})
	defer look.Stop()
	go func() {
		defer close(sampling)
		app.takeSamples(ctx)
	}()
	defer func() { <-sampling }()
	for {
		select {
		case <-ctx.Done():
			return
		case e := <-app.inspector.news:
			app.inspector.note(e)
		case <-look.C:
			app.inspector.look(ctx, app.store)
		}
	}
}

// note takes in an event.
func (i *inspector) note(e session.Event) { i.viewers.tell(i.recent.Note(e)) }

// catchUp takes in all events that are waiting.
func (i *inspector) catchUp() {
	for {
		select {
		case e := <-i.news:
			i.note(e)
		default:
			return
		}
	}
}

// shellQuoted returns s as one word of a POSIX shell.
func shellQuoted(s string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:", r)
	}
	if s != "" && strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
