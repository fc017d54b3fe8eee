// Package inspector is the back office: what an operator sees of the sessions, on
// a second listener, which only this machine reaches.
//
// A Recorder takes what becomes of sessions. Pages read the table, and add what
// the Recorder remembers. A poll of the table finds what other processes did.
package inspector

import (
	"context"
	"net/http"
	"time"

	"trolley/internal/account"
	"trolley/internal/cart"
	"trolley/internal/store"
	"trolley/internal/ttlcache"
	"trolley/internal/web"
	"trolley/session"
)

const (
	maxSamples = 721 // an hour, and the moment before it
	maxStreams = 16

	pollInterval   = 2 * time.Second // between two polls of the table
	sampleInterval = 5 * time.Second // between two samples
)

// Options are the settings of the back office.
type Options struct {
	// Database is the path or URL of the database, as it was given: the list
	// shows a command that opens it.
	Database string
	// Started is when the process started.
	Started time.Time
	// Open has the pages ask for no secret.
	Open bool
	// Accounts tells who is signed in.
	Accounts *account.Accounts
	// CartOf returns the cart of a session.
	CartOf func(session.Stored) cart.Cart
}

// Inspector serves the back office. All that it remembers is in memory and begins
// with the process.
type Inspector struct {
	*web.Site
	*Recorder
	Options
	store    *store.Store
	sessions *session.Manager
	writable *ttlcache.Cache[struct{}, error] // written to once a second at most

	counter   counter
	watched   watched
	samples   samples
	heartbeat time.Duration
	streams   chan struct{} // a place for each open stream
	closing   context.Context
	hangUp    context.CancelFunc
}

// New prepares the back office of an open store. r is what sessions observes; the
// caller runs the Inspector.
func New(o Options, site *web.Site, s *store.Store, sessions *session.Manager, r *Recorder) *Inspector {
	ins := &Inspector{Site: site, Recorder: r, Options: o, store: s, sessions: sessions,
		counter: counter{count: s.CountSessions}, watched: watched{shown: make(map[string]time.Time)},
		heartbeat: heartbeat, streams: make(chan struct{}, maxStreams)}
	ins.writable = ttlcache.New(time.Second, 1, ins.tryWrite)
	ins.closing, ins.hangUp = context.WithCancel(context.Background())
	ins.addMetrics()
	return ins
}

// HangUp ends all streams, those to come included: a server that stops waits for them,
// and a stream ends with its client alone.
func (ins *Inspector) HangUp() { ins.hangUp() }

// Run polls the table, takes samples and works out events until ctx ends.
func (ins *Inspector) Run(ctx context.Context) {
	poll, tick := time.NewTicker(pollInterval), time.NewTicker(sampleInterval)
	defer poll.Stop()
	defer tick.Stop()
	ins.takeSample()
	for since := (time.Time{}); ; {
		select {
		case <-ctx.Done():
			return
		case <-ins.wake:
			ins.lock()()
		case <-poll.C:
			since = ins.poll(ctx, since)
		case <-tick.C:
			ins.takeSample()
		}
	}
}

// page is what every page of the back office shows around its own content.
type page struct {
	web.Page
	Now, Started time.Time
}

// Up says for how long the process has been running.
func (p page) Up() string { return web.Span(p.Now.Sub(p.Started)) }

func (ins *Inspector) page(r *http.Request, title string) page {
	p := page{ins.Bare(r), time.Now(), ins.Started}
	p.Title, p.NoIndex, p.Office = title, true, true
	return p
}
