package groupcommit

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"sync"
)

// What a transaction begins with. Deferred is for reading only: SQLite refuses
// to upgrade it without waiting, whatever busy_timeout says.
const (
	beginWrite = "BEGIN IMMEDIATE"
	beginRead  = "BEGIN"
)

// lease is an explicit transaction: its owner holds the pen and uses the real
// connection directly, until it commits or rolls back, or MaxTx is over, or the
// Group closes.
type lease struct {
	g      *Group
	ctx    context.Context // ends with MaxTx or Close
	cancel context.CancelFunc
	stop   func() bool // do not end with ctx

	mu   sync.Mutex // the owner against the end of ctx
	rows map[*leaseRows]struct{}
	over error // nil while the transaction is open
}

// begin returns what to do for a BeginTx.
func (g *Group) begin(opts driver.TxOptions) func(*request) {
	query := beginWrite
	if opts.ReadOnly {
		query = beginRead
	}
	return func(r *request) {
		ctx, cancel := r.waitContext()
		defer cancel()
		if err := g.real.begin(ctx, query); err != nil {
			r.err = r.refusal(err)
			g.stats.refuse(r.err)
			return
		}
		g.stats.transactions.Add(1)
		r.lease = newLease(g)
	}
}

func newLease(g *Group) *lease {
	l := &lease{g: g, rows: make(map[*leaseRows]struct{})}
	if g.o.MaxTx < 0 {
		l.ctx, l.cancel = context.WithCancel(g.ctx)
	} else {
		l.ctx, l.cancel = context.WithTimeoutCause(g.ctx, g.o.MaxTx, ErrTxTimeout)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stop = context.AfterFunc(l.ctx, func() { l.rollback() })
	return l
}

func (l *lease) commit() error   { return l.end(l.g.real.commit) }
func (l *lease) rollback() error { return l.end(l.g.real.rollback) }

// end ends the transaction with how, or with a rollback if its time is over, and
// puts the pen down.
func (l *lease) end(how func() error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over != nil {
		return l.over
	}
	for r := range l.rows {
		r.close()
	}
	late := context.Cause(l.ctx)
	l.over = cmp.Or(late, sql.ErrTxDone)
	if late != nil {
		how = func() error { l.g.real.rollback(); return late }
	}
	err := how()
	l.stop()
	l.cancel()
	l.g.queue.yield()
	return err
}

// bound returns a context for one statement: it ends with ctx or the lease.
func (l *lease) bound(ctx context.Context) (context.Context, context.CancelFunc) {
	if ctx.Done() == nil {
		return l.ctx, func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(l.ctx, cancel)
	return ctx, func() { stop(); cancel() }
}

// explain names the end of the lease as the cause of err, if it is.
func (l *lease) explain(ctx context.Context, err error) error {
	if err != nil && ctx.Err() == nil && l.ctx.Err() != nil {
		return context.Cause(l.ctx)
	}
	return err
}

func (l *lease) exec(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over != nil {
		return nil, l.over
	}
	bound, stop := l.bound(ctx)
	defer stop()
	res, err := l.g.real.exec(bound, query, args)
	return res, l.explain(ctx, err)
}

func (l *lease) query(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over != nil {
		return nil, l.over
	}
	bound, stop := l.bound(ctx)
	rows, err := l.g.real.query(bound, query, args)
	if err != nil {
		stop()
		return nil, l.explain(ctx, err)
	}
	r := &leaseRows{typedRows: typedRows{rows}, l: l, stop: stop}
	l.rows[r] = struct{}{}
	return r, nil
}

func (l *lease) check(ctx context.Context, query string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over != nil {
		return l.over
	}
	return l.g.real.check(ctx, query)
}

// leaseRows are rows read within a transaction. They are closed with it.
type leaseRows struct {
	typedRows
	l    *lease
	stop context.CancelFunc
}

func (r *leaseRows) Next(dest []driver.Value) (err error) {
	r.l.mu.Lock()
	defer r.l.mu.Unlock()
	if r.l.over != nil {
		return r.l.over
	}
	defer r.l.g.real.guard(&err)
	return r.typedRows.Next(dest)
}

func (r *leaseRows) Close() error {
	r.l.mu.Lock()
	defer r.l.mu.Unlock()
	return r.close()
}

func (r *leaseRows) close() (err error) {
	if _, open := r.l.rows[r]; !open {
		return nil
	}
	delete(r.l.rows, r)
	defer r.stop()
	defer r.l.g.real.guard(&err)
	return r.typedRows.Close()
}
