package session

import "net/http"

// ReadOnly gives next the session of each request for reading: for event streams,
// websockets, uploads and downloads, since neither the request's body nor the response
// is buffered. Get works, and use extends the idle timeout. Put, Renew and Destroy
// return ErrReadOnly; Remove, Pop, Clear and Remember panic. next runs once. The
// session is read once, at the start: a stream outlives a revocation, so one that must
// not has to ask again.
//
// A response for a visitor with a session is no-store, unless next sets Cache-Control
// itself.
func (m *Manager) ReadOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if isInside(r.Context()) {
			next.ServeHTTP(w, r)
			return
		}
		ctx, s, err := m.newRequest(r).load(r.Context())
		if err != nil {
			m.refuse(w, r, err)
			return
		}
		s.seal()
		s.touch(ctx)
		w.Header().Add("Vary", "Cookie")
		if s.loaded.token != "" {
			w.Header().Set("Cache-Control", "no-store")
		}
		next.ServeHTTP(w, r.WithContext(ctx))
		s.runAfterCommit(ctx)
	})
}
