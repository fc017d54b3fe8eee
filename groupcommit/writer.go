package groupcommit

import (
	"cmp"
	"context"
	"time"
)

// write is the writer goroutine. It serves the queue. A caller who finds the
// queue empty serves its own request instead, which saves two switches of
// goroutine.
func (g *Group) write() {
	defer close(g.stopped)
	for {
		l, open := g.queue.next()
		switch {
		case !open:
			g.closed = g.real.discard()
			return
		case l == grouped:
			g.group()
			g.queue.release()
		default:
			g.exclusive()
		}
	}
}

// exclusive serves the first request of its lane.
func (g *Group) exclusive() {
	r := g.queue.pop()
	if r == nil { // withdrawn
		g.queue.release()
		return
	}
	g.serve(r)
}

// serve runs one request, releases the writer lock, unless r became the
// transaction that holds it now, and answers.
func (g *Group) serve(r *request) {
	if r.do == nil {
		g.single(r)
	} else if r.err = g.real.ready(); r.err == nil {
		r.do(r)
	}
	if r.tx == nil {
		g.queue.release()
	}
	r.answer()
}

// single runs one statement in its own transaction, so that the wait for
// SQLite's lock can end without the statement having run.
func (g *Group) single(r *request) {
	if r.class == classRead {
		g.read(r)
		return
	}
	ctx, cancel := r.waitContext()
	defer cancel()
	if err := g.real.begin(ctx, beginWrite); err != nil {
		r.err = r.refusal(err)
		g.stats.refuse(r.err)
		return
	}
	g.real.run(r)
	if r.failed() && !g.real.inTransaction() {
		return
	}
	// A statement that failed is committed, too: of INSERT OR FAIL, the rows
	// before the failing one stay. Of any other it commits nothing.
	if err := g.commit(1); !r.failed() {
		r.err = err
	}
}

// read runs a statement that needs no transaction.
func (g *Group) read(r *request) {
	if r.err = g.real.ready(); r.err == nil {
		g.real.run(r)
		g.stats.reads.Add(1)
	}
}

// runOutsideTx runs a statement of classOutsideTx.
func (g *Group) runOutsideTx(r *request) {
	g.real.run(r)
	g.stats.outsideTx.Add(1)
	g.leaveNoTx(r)
}

// leaveNoTx rolls back a transaction that r left open.
func (g *Group) leaveNoTx(r *request) {
	if g.real.inTransaction() {
		g.real.rollback()
		r.err = cmp.Or(r.err, ErrTransactionControl)
	}
}

// commit ends a transaction of n statements.
func (g *Group) commit(n int) error {
	start := time.Now()
	err := g.real.commit()
	took := time.Since(start)
	g.commitTime += (took - g.commitTime) / 8
	g.stats.group(n)
	if g.o.OnCommit != nil {
		g.o.OnCommit(n, took)
	}
	return err
}

// patience bounds gather. On a slow disk it is short beside a commit. On a fast
// disk it is long beside one, so that a saturated machine spends its time on
// statements instead of commits.
func (g *Group) patience() time.Duration { return min(8*g.commitTime, g.o.MaxGather) }

// group runs the queued statements in one transaction. It takes none before it
// has SQLite's lock: until then callers can leave and join.
func (g *Group) group() {
	g.queue.gather(g.patience())
	head, class := g.queue.head(grouped)
	if head == nil {
		return
	}
	if class == classRead {
		g.readers()
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), g.o.MaxWait)
	defer cancel()
	if err := g.real.begin(ctx, beginWrite); err != nil {
		g.refuse(head, err)
		return
	}
	size, n := 0, 0
	g.batch = g.queue.take(grouped, g.batch[:0], func(r *request) bool {
		size, n = size+r.size(), n+1
		return n == 1 || n <= g.o.MaxGroup && size <= g.o.MaxBytes
	})
	g.runBatch(g.batch)
	clear(g.batch)
}

// refuse answers head, if it still waits, that no transaction could be opened.
// The others are tried again.
func (g *Group) refuse(head *request, err error) {
	if g.queue.remove(head) {
		head.err = head.refusal(err)
		g.stats.refuse(head.err)
		head.answer()
	}
}

// readers runs the reads that wait in front of the first write.
func (g *Group) readers() {
	g.batch = g.queue.take(grouped, g.batch[:0], func(r *request) bool { return r.class == classRead })
	for _, r := range g.batch {
		g.read(r)
		r.answer()
	}
	clear(g.batch)
}

// runBatch runs batch in the open transaction and commits it.
func (g *Group) runBatch(batch []*request) {
	for _, r := range batch {
		g.real.run(r)
		if r.failed() && !g.real.inTransaction() || g.real.hasDeferredViolation() {
			g.real.rollback() // if SQLite did not
			g.retryIndividually(batch)
			return
		}
	}
	err := g.commit(len(batch))
	for _, r := range batch {
		if !r.failed() {
			r.err = err
		}
		r.answer()
	}
}

// retryIndividually runs each statement of batch in its own transaction, after
// all were rolled back: each gets the result that a plain connection would have
// given it. A statement whose context or MaxWait is over by now is not run again.
func (g *Group) retryIndividually(batch []*request) {
	g.stats.retried.Add(1)
	for _, r := range batch {
		r.result, r.rows, r.err = nil, nil, nil
		g.single(r)
		r.answer()
	}
}
