package inspector

import (
	"maps"
	"slices"
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"trolley/session"
)

// limits bound what a Recorder keeps in memory.
type limits struct {
	waiting  int // events that are not worked out yet; more are dropped
	sessions int // sessions
	changes  int // of each session
	bytes    int // of data, before and after the changes, of all sessions together
	latest   int // changes of any session
}

// defaultLimits allow some 50 MB if each session is as large as can be, and a few
// with sessions of the usual size.
var defaultLimits = limits{waiting: 4096, sessions: 4096, changes: 8, bytes: 16 << 20, latest: 32}

// Recorder remembers what became of sessions: the last changes of those that
// changed last. It is safe for concurrent use.
//
// A request only stores its event. The events are worked out when a page or a
// viewer asks, or in the background.
//
// Where the sessions are more than the limits allow, the half that did not change for
// longest is forgotten.
type Recorder struct {
	limits  limits
	commits prometheus.Histogram
	dropped prometheus.Counter
	wake    chan struct{} // many events wait

	arriving sync.Mutex
	waiting  []session.Event

	mu     sync.Mutex
	known  map[string]*known // by hash
	bytes  int               // of all that is known
	turn   int               // of the last update
	latest []change          // the newest last
	total  int               // changes so far
}

// NewRecorder returns an empty Recorder.
func NewRecorder() *Recorder { return newRecorder(defaultLimits) }

func newRecorder(l limits) *Recorder {
	return &Recorder{
		limits: l, wake: make(chan struct{}, 1), known: make(map[string]*known),
		commits: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:    "trolley_session_commit_duration_seconds",
			Help:    "Time to write a session's row, the wait for it included; orders, which write more, are left out.",
			Buckets: []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5},
		}),
		dropped: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "trolley_inspector_dropped_events_total", Help: "Events of sessions that the inspector was too busy to take.",
		}),
	}
}

// Observe stores an event, for session.Options.Observe. It never waits: an event
// that finds no room is dropped, and the next poll of the table finds the change.
func (r *Recorder) Observe(e session.Event) {
	if e.Took > 0 {
		r.commits.Observe(e.Took.Seconds())
	}
	r.arriving.Lock()
	n := len(r.waiting)
	if n < r.limits.waiting {
		r.waiting = append(r.waiting, e)
	}
	r.arriving.Unlock()
	switch n {
	case r.limits.waiting:
		r.dropped.Inc()
	case r.limits.waiting / 4:
		select {
		case r.wake <- struct{}{}:
		default:
		}
	}
}

// lock returns the unlocking function. All events are worked out by then.
func (r *Recorder) lock() (unlock func()) {
	r.mu.Lock()
	r.arriving.Lock()
	events := r.waiting
	r.waiting = make([]session.Event, 0, len(events))
	r.arriving.Unlock()
	for _, e := range events {
		if k := r.known[e.Was]; k != nil && e.Kind == session.EventRenewed {
			delete(r.known, e.Was)
			r.known[e.Hash] = k
		}
		r.note(change{Event: e})
	}
	return r.mu.Unlock
}

// note adds a change to what is remembered. It needs the lock, as all below do.
func (r *Recorder) note(c change) {
	r.total++
	r.latest = append(r.latest[max(0, len(r.latest)+1-r.limits.latest):], c)
	switch c.Kind {
	case session.EventDestroyed, session.EventExpired:
		r.drop(c.Hash)
	case session.EventConflict:
		if k := r.known[c.Hash]; k != nil {
			k.conflicts++
		}
	default:
		r.update(c.Hash, func(k *known) { k.add(c, r.limits.changes) })
	}
}

// update changes what is known of a session.
func (r *Recorder) update(hash string, change func(*known)) {
	k := r.known[hash]
	if k == nil {
		k = &known{activity: activity{}}
	}
	r.drop(hash)
	change(k)
	r.turn++
	k.turn = r.turn
	r.known[hash] = k
	r.bytes += k.size()
	for len(r.known) > r.limits.sessions || r.bytes > r.limits.bytes {
		r.forgetHalf()
	}
}

func (r *Recorder) forgetHalf() {
	oldest := slices.SortedFunc(maps.Keys(r.known), func(a, b string) int { return r.known[a].turn - r.known[b].turn })
	for _, hash := range oldest[:(len(oldest)+1)/2] {
		r.drop(hash)
	}
}

func (r *Recorder) drop(hash string) {
	if k := r.known[hash]; k != nil {
		r.bytes -= k.size()
		delete(r.known, hash)
	}
}
