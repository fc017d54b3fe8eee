package session

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"
)

// maxRuns bounds how often a handler runs for one request. Between two
// processes a few are enough; the gate keeps the order within one.
const maxRuns = 20

// Handler gives next the session of each request: see the package's comment
// for its promises. next may run more than once for one request, so what it
// does must be in the session, in the response, or in one database transaction
// (CommitTx). A response of 500 or more leaves the session as it was. Inside
// another Handler it does nothing: a request has one session and one cookie.
func (m *Manager) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, nested := r.Context().Value(contextKey{}).(*request); nested {
			next.ServeHTTP(w, r)
			return
		}
		body, leave, err := m.readBody(w, r)
		defer leave()
		if err != nil {
			m.refuse(w, r, err)
			return
		}
		resp, err := m.serve(w.Header(), r, body, next)
		if err != nil {
			m.refuse(w, r, err)
			return
		}
		resp.send(w, r)
		resp.release()
	})
}

func (m *Manager) refuse(w http.ResponseWriter, r *http.Request, err error) {
	w.Header().Set("Cache-Control", "no-store")
	m.Error(w, r, err)
}

// serve runs next until its session could be committed. The gate is left
// before the response goes out: nothing is held across the network. outer is
// what the header holds already; every run starts from it.
func (m *Manager) serve(outer http.Header, r *http.Request, body []byte, next http.Handler) (*response, error) {
	token, tossed := m.token(r)
	patience := m.MaxWait
	if token != "" && !isSafe(r.Method) {
		came := time.Now()
		leave, err := m.gate.enter(r.Context(), hash(token), m.MaxWait)
		if err != nil {
			return nil, err
		}
		defer leave()
		// Both waits together end in time. Who waited long for a turn has
		// still a moment to commit in, which is all that it takes.
		patience = max(m.MaxWait-time.Since(came), m.MaxWait/10)
	}
	var had bool // an earlier run found the session
	for n := range maxRuns {
		if err := pause(r.Context(), n); err != nil {
			return nil, err
		}
		ctx, req, err := m.load(r.Context(), token)
		if isSerialization(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		req.tossed = tossed
		req.ended = req.ended || had && req.row.token == ""
		had = had || req.row.token != ""
		resp := newResponse(outer)
		err = m.run(ctx, req, resp, r, body, next, patience)
		if err == nil {
			return resp, nil
		}
		resp.release()
		if !isConflict(err) {
			return nil, err
		}
		m.stats.Conflicts.Add(1)
		m.observe(Event{Kind: EventConflict, Hash: req.row.token})
	}
	return nil, fmt.Errorf("%w, %d times", ErrConflict, maxRuns)
}

// run runs next once and commits its session, for which it waits as long as
// patience says.
func (m *Manager) run(ctx context.Context, req *request, resp *response, r *http.Request, body []byte, next http.Handler, patience time.Duration) error {
	remembered := Remembered(ctx)
	r = r.WithContext(ctx)
	r.Body = io.NopCloser(bytes.NewReader(body))
	next.ServeHTTP(resp, r)
	resp.finish()
	if req.again {
		return ErrConflict
	}
	if resp.status < http.StatusInternalServerError {
		// A client that has gone must not leave the outcome open.
		ctx := context.WithoutCancel(ctx)
		if m.scs.Status(ctx) != scs.Unmodified {
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(ctx, patience)
			defer cancel()
		}
		defer req.report() // also where this fails: what CommitTx stored is stored
		if err := req.commit(ctx); err != nil {
			return err
		}
		req.writeCookie(ctx, resp, remembered)
	}
	resp.protect(req.row.token != "" || req.cookie != nil)
	return nil
}

// pause lets those who keep getting in first finish; the first re-run is at once.
func pause(ctx context.Context, n int) error {
	if n < 2 {
		return nil
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(rand.N(time.Duration(n) * time.Millisecond)):
		return nil
	}
}

// isSafe says whether a method must change nothing (RFC 9110, section 9.2.1).
func isSafe(method string) bool {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace:
		return true
	}
	return false
}
