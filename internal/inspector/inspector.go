// Package inspector is the back office: every session as it lives, what changed in
// it, plots, metrics and profiles. It is served on loopback only.
package inspector

import (
	"context"
	"sync/atomic"
	"time"

	"trolley/internal/cart"
	"trolley/internal/inspector/recent"
	"trolley/internal/store"
	"trolley/internal/web"
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

// Inspector is what the back office knows besides what the tables hold. All of
// it is in memory and begins with the process.
type Inspector struct {
	*web.Site
	*Recorder
	Options
	store    *store.Store
	sessions *session.Manager
	Ready    atomic.Bool // the program serves, and is not stopping

	recent  *recent.Sessions
	samples *recent.Ring[sample]
	viewers *viewers
	counts  counts
	looks   looks
}

// Options are the settings of the back office.
type Options struct {
	// Database is the path or URL of the database, as it was given: the list
	// shows a command that opens it.
	Database string
	// Started is when the process started.
	Started time.Time
	// CartOf returns the cart of a session.
	CartOf func(session.Stored) cart.Cart
}

// Recorder takes what becomes of sessions from the requests that do it.
type Recorder struct {
	news    chan session.Event
	dropped atomic.Int64
	commits *recent.Histogram // how long the commits of sessions took
}

func NewRecorder() *Recorder {
	return &Recorder{
		news:    make(chan session.Event, maxNews),
		commits: recent.NewHistogram(.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5),
	}
}

// New prepares the back office of an open store. f is what sessions
// observes; the caller runs ins.inspect.
func New(o Options, site *web.Site, s *store.Store, sessions *session.Manager, f *Recorder) *Inspector {
	ins := &Inspector{
		Site: site, Recorder: f, Options: o, store: s, sessions: sessions,
		recent:  recent.NewSessions(recent.Limits{Sessions: maxKnown, Changes: maxChanges, Bytes: maxKnownBytes, Latest: maxLatest}),
		samples: recent.NewRing[sample](maxSamples),
		viewers: newViewers(),
		counts:  counts{count: s.CountSessions},
	}
	ins.addInspected()
	return ins
}

// Observe takes what became of a session from the request that did it, which
// must not wait: what finds no room is dropped, and shows in the next look at
// the table.
func (f *Recorder) Observe(e session.Event) {
	if e.Took > 0 {
		f.commits.Observe(e.Took)
	}
	select {
	case f.news <- e:
	default:
		f.dropped.Add(1)
	}
}

// Inspect keeps the inspector up to date until ctx ends.
func (ins *Inspector) Inspect(ctx context.Context) {
	look, sampling := time.NewTicker(lookInterval), make(chan struct{})
	defer look.Stop()
	go func() {
		defer close(sampling)
		ins.takeSamples(ctx)
	}()
	defer func() { <-sampling }()
	for {
		select {
		case <-ctx.Done():
			return
		case e := <-ins.news:
			ins.note(e)
		case <-look.C:
			ins.look(ctx, ins.store)
		}
	}
}

// note takes in an event.
func (ins *Inspector) note(e session.Event) { ins.viewers.tell(ins.recent.Note(e)) }

// CatchUp takes in all events that are waiting.
func (ins *Inspector) CatchUp() {
	for {
		select {
		case e := <-ins.news:
			ins.note(e)
		default:
			return
		}
	}
}

// HangUp ends all streams.
func (ins *Inspector) HangUp() { ins.viewers.hangUp() }
