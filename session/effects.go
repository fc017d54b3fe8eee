package session

import "context"

// AfterCommit has f called after the session's commit and before the response is
// sent, with a context that does not end if the client leaves. f is called at most
// once for a request: never for a run that is discarded, or whose response is 500 or
// more, and a crash in between loses it. For an effect that must not be lost, write
// an outbox row in the transaction of CommitTx. In f the session can be read only.
// Inside Manager.ReadOnly f is called when the handler has returned.
func AfterCommit(ctx context.Context, f func(context.Context)) {
	s := current(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.afterCommit = append(s.afterCommit, func() { f(context.WithoutCancel(ctx)) })
}

func runAll(functions []func()) {
	for _, f := range functions {
		f()
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
