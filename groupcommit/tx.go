package groupcommit

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"sync"
	"time"
)

// tx is an explicit transaction. It holds the writer lock and uses the real
// connection directly until it ends, or MaxTx is over, or the Group closes.
type tx struct {
	g      *Group
	conn   *conn
	began  time.Time
	ctx    context.Context // ends with MaxTx or Close
	cancel context.CancelFunc
	stop   func() bool // do not roll back when ctx ends

	mu     sync.Mutex // the caller against the end of ctx
	shared bool       // a savepoint in the transaction of those in Group.ended
	opaque bool       // ran a statement of classOutsideTx, which may have done anything
	gone   bool       // SQLite has ended it: a statement would commit alone
	over   error      // nil while the transaction is open
}

var _ driver.Tx = (*tx)(nil)

func (g *Group) newTx(shared bool) *tx {
	t := &tx{g: g, began: time.Now(), shared: shared}
	t.ctx, t.cancel = context.WithTimeoutCause(g.ctx, g.o.MaxTx, ErrTxTimeout)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stop = context.AfterFunc(t.ctx, func() { t.end(false) })
	g.stats.add(func(s *Stats) { s.Transactions++ })
	return t
}

// Commit returns nil once the transaction is on disk. After any error but an
// ErrOutcomeUnknown nothing of it was committed.
func (t *tx) Commit() error {
	t.conn.tx = nil
	return t.end(true)
}

func (t *tx) Rollback() error {
	t.conn.tx = nil
	return t.end(false)
}

// end ends the transaction, with a rollback if its time is over, passes on the
// writer lock, and waits until the transaction that t shares has ended, too.
func (t *tx) end(commit bool) error {
	t.mu.Lock()
	if t.over != nil {
		defer t.mu.Unlock()
		return t.over
	}
	late := context.Cause(t.ctx)
	t.over = cmp.Or(late, sql.ErrTxDone)
	t.stop()
	t.cancel()
	r := &request{done: make(chan struct{}, 1)}
	t.g.leave(t, r, commit && late == nil)
	t.mu.Unlock()
	<-r.done
	return cmp.Or(late, r.err)
}

// run runs a statement. It ends with t, and with ctx unless t is shared: SQLite
// rolls back the whole transaction where it interrupts a write. After that, as after
// OR ROLLBACK, it returns sql.ErrTxDone.
func (t *tx) run(ctx context.Context, r *request) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.over != nil:
		return t.over
	case t.gone:
		return sql.ErrTxDone
	case r.class == classControl:
		return ErrTransactionControl
	case ctx.Err() != nil:
		return ctx.Err()
	}
	t.opaque = t.opaque || r.class == classOutsideTx
	bound := t.ctx
	if ctx.Done() != nil && !t.shared {
		var cancel context.CancelFunc
		bound, cancel = context.WithCancel(ctx)
		defer cancel()
		defer context.AfterFunc(t.ctx, cancel)()
	}
	t.g.real.run(bound, r)
	if r.failed() || r.class != classGrouped {
		t.gone = !t.g.real.inTransaction()
	}
	if r.failed() && ctx.Err() == nil && t.ctx.Err() != nil {
		return context.Cause(t.ctx)
	}
	return r.err
}
