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
			if r := g.queue.pop(false); r != nil {
				g.serve(r)
			} else { // withdrawn
				g.queue.release()
			}
		}
	}
}

// serve runs one request, answers, and releases the writer lock unless r became
// the transaction that holds it now.
func (g *Group) serve(r *request) {
	switch {
	case r.begins && g.begin(r):
		r.tx = g.newTx(false)
		r.answer()
		return
	case r.begins:
		r.answer()
	case r.do != nil:
		if r.err = g.real.ready(); r.err == nil {
			r.do(r)
		}
		r.answer()
	default:
		g.single(r)
	}
	g.queue.release()
}

// begin opens a transaction for r and reports whether it could before the wait
// of r was over.
func (g *Group) begin(r *request) bool {
	ctx, cancel := context.WithDeadline(r.ctx, r.deadline)
	defer cancel()
	err := g.real.begin(ctx)
	if err != nil {
		g.refuse(r, err)
	}
	return err == nil
}

// refuse makes err the reason why r was not run.
func (g *Group) refuse(r *request, err error) {
	r.err = r.refusal(err)
	g.stats.refuse(r.err)
}

// single runs one statement in its own transaction, so that the wait for
// SQLite's lock can end without the statement having run.
func (g *Group) single(r *request) {
	if g.begin(r) {
		g.runBatch([]*request{r})
	} else {
		r.answer()
	}
}

// runOutsideTx runs a statement of classOutsideTx.
func (g *Group) runOutsideTx(r *request) {
	g.real.run(context.Background(), r)
	g.stats.add(func(s *Stats) { s.OutsideTx++ })
	g.leaveNoTx(r)
}

// leaveNoTx rolls back a transaction that r left open.
func (g *Group) leaveNoTx(r *request) {
	if g.real.inTransaction() {
		g.real.rollback()
		r.err = cmp.Or(r.err, ErrTransactionControl)
	}
}

// commit ends a transaction that n callers share.
func (g *Group) commit(n int) error {
	start := time.Now()
	err := g.real.commit()
	took := time.Since(start)
	g.commitTime += (took - g.commitTime) / 8
	if g.o.OnCommit != nil {
		g.o.OnCommit(n, took)
	}
	return err
}

// group runs the queued statements in one transaction. It takes none before it
// has SQLite's lock: until then callers can leave and join.
func (g *Group) group() {
	// On a slow disk this is short beside a commit. On a fast disk it is long
	// beside one, so that a saturated machine spends its time on statements.
	g.queue.gather(min(8*g.commitTime, g.o.MaxGather))
	head, _ := g.queue.head(grouped)
	if head == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), g.o.MaxWait)
	defer cancel()
	if err := g.real.begin(ctx); err != nil {
		if g.queue.remove(head) { // the others are tried again
			g.refuse(head, err)
			head.answer()
		}
		return
	}
	size, n := 0, 0
	g.batch = g.queue.take(g.batch[:0], func(r *request) bool {
		size, n = size+r.size(), n+1
		return n == 1 || n <= g.o.MaxGroup && size <= g.o.MaxBytes
	})
	g.runBatch(g.batch)
	clear(g.batch)
}

// runBatch runs batch in the open transaction, commits it and answers. It ignores
// contexts: a statement that has started is finished, and its outcome is known.
func (g *Group) runBatch(batch []*request) {
	for _, r := range batch {
		g.real.run(context.Background(), r)
		gone := r.failed() && !g.real.inTransaction()
		if len(batch) == 1 && gone {
			r.answer()
			return
		}
		if len(batch) > 1 && (gone || g.real.hasDeferredViolation()) {
			g.real.rollback() // if SQLite did not
			g.retryIndividually(batch)
			return
		}
	}
	g.stats.add(func(s *Stats) {
		s.Groups++
		s.Statements += uint64(len(batch))
		s.Largest = max(s.Largest, uint64(len(batch)))
	})
	// Failed statements are committed, too: of INSERT OR FAIL, the rows before the
	// failing one stay. Of any other nothing is there.
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
	g.stats.add(func(s *Stats) { s.Retried++ })
	for _, r := range batch {
		r.result, r.rows, r.err = nil, nil, nil
		g.single(r)
	}
}
