package session

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/alexedwards/scs/v2"
)

// maxRuns bounds how often a handler runs for one request. Between two processes a
// few are enough; the gate keeps the order within one.
const maxRuns = 20

// Handler gives next the session of each request: see the package's comment for its
// promises. next may run more than once for one request, so its effects belong in
// the session, in the response, in one database transaction (CommitTx), or after
// the commit (AfterCommit). A response of 500 or more leaves the session as it was.
// Inside another Handler, or ReadOnly, it does nothing: a request has one session
// and one cookie.
func (m *Manager) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if isInside(r.Context()) {
			next.ServeHTTP(w, r)
			return
		}
		var resp *response
		b, err := m.readBody(w, r)
		if err == nil {
			resp, err = m.newRequest(r).serve(w, b, next)
		}
		if err != nil {
			again := *r
			again.Body = b.reader()
			m.refuse(w, &again, err)
			return
		}
		resp.send(w)
	})
}

func (m *Manager) refuse(w http.ResponseWriter, r *http.Request, err error) {
	w.Header().Set("Cache-Control", "no-store")
	m.o.Error(w, r, err)
}

// request is an HTTP request, over all runs of its handler.
type request struct {
	m        *Manager
	http     *http.Request
	cookie   cookie
	isSafe   bool // its method must change nothing (RFC 9110, section 9.2.1)
	runs     int
	patience time.Duration // what is left of MaxWait for the waits
	turn     sync.Mutex    // guards leave: Once may be called by goroutines
	leave    func()        // leaves the gate; nil outside of it
	found    bool          // an earlier run found the session
	results  sync.Map      // see Once
}

func (m *Manager) newRequest(r *http.Request) *request {
	safe := slices.Contains([]string{http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace}, r.Method)
	return &request{m: m, http: r, cookie: m.cookie(r), isSafe: safe, patience: m.o.MaxWait}
}

// serve runs next until its session could be committed, and returns the response to
// send. It gives back the body's memory and the turn before that, since the client may
// take the response slowly. The first re-run is at once; later ones give way to the
// requests that keep coming first.
func (q *request) serve(w http.ResponseWriter, b *body, next http.Handler) (*response, error) {
	defer b.release()
	defer q.leaveGate()
	ctx := q.http.Context()
	for q.runs = range maxRuns {
		if !q.isSafe {
			if err := q.enterGate(ctx); err != nil {
				return nil, err
			}
		}
		if q.runs > 1 && !sleep(ctx, rand.N(time.Duration(q.runs)*time.Millisecond)) {
			return nil, ctx.Err()
		}
		if resp, err := q.run(w, b, next); !IsConflict(err) {
			return resp, err
		}
	}
	return nil, fmt.Errorf("%w, %d times", ErrConflict, maxRuns)
}

// run loads the session, runs next once, and commits.
func (q *request) run(w http.ResponseWriter, b *body, next http.Handler) (*response, error) {
	ctx, s, err := q.load(q.http.Context())
	if err != nil {
		return nil, err
	}
	resp := newResponse(w)
	r := q.http.WithContext(ctx)
	r.Body = b.reader()
	next.ServeHTTP(resp, r)
	resp.finish()
	if err := s.end(context.WithoutCancel(ctx), resp); err != nil {
		resp.release()
		switch {
		case IsConflict(err):
			q.m.observe(&q.m.stats.Conflicts, Event{Kind: EventConflict, Hash: s.loaded.token})
		case s.destroyed:
			err = s.destroyLater(ctx, w, err)
		}
		return nil, err
	}
	if q.leaveGate(); resp.status < http.StatusInternalServerError {
		s.runAfterCommit(ctx)
	}
	return resp, nil
}

// end commits what the handler did to the session, unless it failed. ctx outlasts a
// client that left: the outcome must not stay open. A safe request that changed its
// session waits for its turn now, so that it is not an unsafe one that runs again;
// without a turn the compare-and-swap decides.
func (s *session) end(ctx context.Context, resp *response) error {
	s.seal() // first: a goroutine of the handler must not change what is being stored
	switch {
	case s.again:
		return ErrConflict
	case s.destroyTx && resp.status >= http.StatusInternalServerError:
		return errNotCommitted
	}
	if resp.status < http.StatusInternalServerError {
		defer func() { s.m.runAll(ctx, s.onCommit) }() // also if the commit fails: what CommitTx stored is stored
		limited := ctx
		if s.status != scs.Unmodified {
			_ = s.q.enterGate(ctx)
			var cancel context.CancelFunc
			limited, cancel = context.WithTimeout(ctx, s.q.patience)
			defer cancel()
		}
		if err := s.commit(limited); err != nil {
			return err
		}
		s.writeCookie(ctx, resp)
	}
	resp.protect(s.loaded.token != "" || s.token != "" || s.q.cookie.ambiguous)
	return nil
}

// spend takes the time since began off the patience. After a long wait the next step
// still gets a tenth of MaxWait.
func (q *request) spend(began time.Time) {
	q.patience = max(q.patience-time.Since(began), q.m.o.MaxWait/10)
}

// enterGate waits for the turn among the requests of the session.
func (q *request) enterGate(ctx context.Context) (err error) {
	q.turn.Lock()
	defer q.turn.Unlock()
	if q.leave != nil || q.cookie.token == "" {
		return nil
	}
	defer q.spend(time.Now())
	q.leave, err = q.m.gate.enter(ctx, q.cookie.token, q.patience)
	return err
}

func (q *request) leaveGate() {
	q.turn.Lock()
	defer q.turn.Unlock()
	if q.leave != nil {
		q.leave()
		q.leave = nil
	}
}
