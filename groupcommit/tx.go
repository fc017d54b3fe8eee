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

// tx is an explicit transaction. It holds the writer lock and uses the real
// connection directly until it ends, or MaxTx is over, or the Group closes.
type tx struct {
	g      *Group
	conn   *conn
	ctx    context.Context // ends with MaxTx or Close
	cancel context.CancelFunc
	stop   func() bool // do not roll back when ctx ends

	mu   sync.Mutex // the caller against the end of ctx
	rows map[*txRows]struct{}
	over error // nil while the transaction is open
}

var _ driver.Tx = (*tx)(nil)

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
		r.tx = newTx(g)
	}
}

func newTx(g *Group) *tx {
	t := &tx{g: g, rows: make(map[*txRows]struct{})}
	if g.o.MaxTx < 0 {
		t.ctx, t.cancel = context.WithCancel(g.ctx)
	} else {
		t.ctx, t.cancel = context.WithTimeoutCause(g.ctx, g.o.MaxTx, ErrTxTimeout)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stop = context.AfterFunc(t.ctx, func() { t.end(g.real.rollback) })
	return t
}

// Commit returns an error if nothing was committed, and an ErrOutcomeUnknown if
// that cannot be told.
func (t *tx) Commit() error {
	t.conn.tx = nil
	return t.end(t.g.real.commit)
}

func (t *tx) Rollback() error {
	t.conn.tx = nil
	return t.end(t.g.real.rollback)
}

// end ends the transaction with how, or with a rollback if its time is over, and
// releases the writer lock.
func (t *tx) end(how func() error) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.over != nil {
		return t.over
	}
	for r := range t.rows {
		r.close()
	}
	late := context.Cause(t.ctx)
	t.over = cmp.Or(late, sql.ErrTxDone)
	if late != nil {
		how = func() error { t.g.real.rollback(); return late }
	}
	err := how()
	t.stop()
	t.cancel()
	t.g.queue.release()
	return err
}

// bound returns a context for one statement: it ends with ctx or with t.
func (t *tx) bound(ctx context.Context) (context.Context, context.CancelFunc) {
	if ctx.Done() == nil {
		return t.ctx, func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(t.ctx, cancel)
	return ctx, func() { stop(); cancel() }
}

// explain names the end of t as the cause of err, if it is.
func (t *tx) explain(ctx context.Context, err error) error {
	if err != nil && ctx.Err() == nil && t.ctx.Err() != nil {
		return context.Cause(t.ctx)
	}
	return err
}

func (t *tx) exec(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.over != nil {
		return nil, t.over
	}
	bound, stop := t.bound(ctx)
	defer stop()
	res, err := t.g.real.exec(bound, query, args)
	return res, t.explain(ctx, err)
}

func (t *tx) query(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.over != nil {
		return nil, t.over
	}
	bound, stop := t.bound(ctx)
	rows, err := t.g.real.query(bound, query, args)
	if err != nil {
		stop()
		return nil, t.explain(ctx, err)
	}
	r := &txRows{Rows: rows, t: t, stop: stop}
	t.rows[r] = struct{}{}
	return r, nil
}

func (t *tx) check(ctx context.Context, query string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.over != nil {
		return t.over
	}
	return t.g.real.check(ctx, query)
}

// txRows are rows read within a transaction. They are closed with it.
type txRows struct {
	driver.Rows
	t    *tx
	stop context.CancelFunc
}

func (r *txRows) Next(dest []driver.Value) (err error) {
	r.t.mu.Lock()
	defer r.t.mu.Unlock()
	if r.t.over != nil {
		return r.t.over
	}
	defer r.t.g.real.guard(&err)
	return r.Rows.Next(dest)
}

func (r *txRows) Close() error {
	r.t.mu.Lock()
	defer r.t.mu.Unlock()
	return r.close()
}

func (r *txRows) close() (err error) {
	if _, open := r.t.rows[r]; !open {
		return nil
	}
	delete(r.t.rows, r)
	defer r.stop()
	defer r.t.g.real.guard(&err)
	return r.Rows.Close()
}
