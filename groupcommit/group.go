package groupcommit

import (
	"context"
	"database/sql/driver"
	"time"
)

// Group is a driver.Connector for sql.OpenDB. All connections of that pool are
// virtual: they share one real connection.
type Group struct {
	inner driver.Connector
	o     Options
	queue queue
	real  real
	stats counters

	// For the holder of the writer lock.
	batch      []*request    // reused
	ended      []*request    // transactions that have ended and share the open one of SQLite
	endedSince time.Time     // of the first of them
	commitTime time.Duration // of a commit, smoothed
	txTime     time.Duration // of a transaction, smoothed

	ctx     context.Context // the parent of every transaction
	cancel  context.CancelCauseFunc
	stopped chan struct{}
	closed  error // of the real connection, once stopped
}

// Connector returns a Group that opens its real connection with inner at the first
// request. Close the Group, or the sql.DB that was opened on it.
func Connector(inner driver.Connector, o Options) *Group {
	o = o.withDefaults()
	inner = o.Wrap(inner)
	g := &Group{inner: inner, o: o, stopped: make(chan struct{})}
	g.queue.init(o.MaxQueue)
	g.real = real{inner: inner, o: o, stats: &g.stats}
	g.ctx, g.cancel = context.WithCancelCause(context.Background())
	go g.write()
	return g
}

// Connect opens nothing: errors of the database show when the first statement
// runs, or at Ping. It returns no error.
func (g *Group) Connect(context.Context) (driver.Conn, error) {
	return &conn{g: g, req: newRequest()}, nil
}

// Driver returns a driver that opens ordinary connections, as inner's does.
func (g *Group) Driver() driver.Driver { return groupDriver{g.inner.Driver(), g} }

// Raw calls fn with modernc's own connection while nothing else uses it and no
// transaction is open: for a backup, say, or file control. fn must neither keep
// the connection nor use the pool. Raw returns fn's error, a *PanicError, the
// error of a wait that ended before fn was called, or ErrTransactionControl for a
// transaction that fn left open and that was rolled back.
func (g *Group) Raw(ctx context.Context, fn func(driver.Conn) error) error {
	r := newRequest()
	r.do = func(r *request) {
		r.err = g.real.use(func(innerConn) error { return fn(g.real.own) })
		g.leaveNoTx(r)
	}
	return g.submit(ctx, r)
}

// Err returns the error of the first fsync that failed, or nil. After it every
// request gets ErrNotSynced, and Close leaves the database's files for the next
// process to recover: end this one.
func (g *Group) Err() error {
	if err := g.real.unsynced.Load(); err != nil {
		return *err
	}
	return nil
}

// Close refuses new requests, serves those that wait, closes the real connection
// and returns its error. A transaction that is still open after Options.MaxWait
// is rolled back. (*sql.DB).Close calls it.
func (g *Group) Close() error {
	g.queue.close()
	select {
	case <-g.stopped:
	case <-time.After(g.o.MaxWait):
	}
	g.cancel(ErrClosed)
	<-g.stopped
	return g.closed
}

// submit has r run and waits for the answer, which is in r if err is nil.
func (g *Group) submit(ctx context.Context, r *request) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	r.ctx, r.deadline = ctx, time.Now().Add(g.o.MaxWait)
	acquired, err := g.queue.enter(r)
	switch {
	case err != nil:
		g.stats.refuse(err)
		return err
	case acquired:
		g.serve(r)
		<-r.done
		return r.err
	default:
		return g.wait(r)
	}
}

// wait waits for the answer to r, which is queued. If the wait ends before r was
// taken, r is withdrawn and never runs. Once taken, its answer is awaited.
func (g *Group) wait(r *request) error {
	var why error
	r.timer.Reset(g.o.MaxWait)
	defer r.timer.Stop()
	select {
	case <-r.done:
		return r.err
	case <-r.ctx.Done():
		why = r.ctx.Err()
	case <-r.timer.C:
		why = ErrBusy
	}
	if g.queue.remove(r) {
		g.stats.refuse(why)
		return why
	}
	<-r.done
	return r.err
}
