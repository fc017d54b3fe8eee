package session

import (
	"context"
	"runtime/debug"
)

// AfterCommit calls f after the session's commit and before the response is
// sent, with a context that does not end if the client leaves. f is called at most
// once for a request: never for a run that is discarded, or whose response is 500 or
// more, and a crash in between loses it. A panic in f is logged, and the response is
// sent: it may have the cookie of a renewed session. For an effect that must not be lost, write
// an outbox row in the transaction of CommitTx. In f the session can be read only.
// Inside Manager.ReadOnly f is called when the handler has returned. A call by a
// goroutine that outlives the handler comes too late, and does nothing.
func AfterCommit(ctx context.Context, f func(context.Context)) {
	s := current(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.afterCommit = append(s.afterCommit, func() { f(context.WithoutCancel(ctx)) })
}

// runAfterCommit calls what AfterCommit was given.
func (s *session) runAfterCommit(ctx context.Context) {
	s.mu.Lock()
	functions := s.afterCommit
	s.mu.Unlock()
	s.m.runAll(ctx, functions)
}

// runAll calls functions of the application after the commit, when none may panic any
// more.
func (m *Manager) runAll(ctx context.Context, functions []func()) {
	for _, f := range functions {
		func() {
			defer func() {
				if reason := recover(); reason != nil {
					m.o.Log.ErrorContext(ctx, "panic after the commit", "error", reason, "stack", string(debug.Stack()))
				}
			}()
			f()
		}()
	}
}

// Once returns what work returned in an earlier run of the handler for this request,
// or calls it: for work that takes long and does not depend on the session, such as
// hashing a password. The request gives up its turn for work, so that the session's
// other requests go on; the commit takes it again. If one of them changed the session,
// the handler runs again, and work does not. name tells apart the results of one type.
// An error is returned, and not remembered.
func Once[T any](ctx context.Context, name string, work func() (T, error)) (T, error) {
	q, key := current(ctx).q, onceKey[T]{name: name}
	if known, ok := q.results.Load(key); ok {
		v, _ := known.(T) // none if T is an interface and v is nil
		return v, nil
	}
	q.leaveGate()
	v, err := work()
	if err == nil {
		q.results.Store(key, v)
	}
	return v, err
}

type onceKey[T any] struct {
	name string
	_    *T
}
