package groupcommit

import (
	"context"
	"errors"
	"time"
)

// write is the writer goroutine. It works as long as somebody waits; a caller
// who finds nobody waiting does the same work in serve by itself, which saves
// two switches of goroutine.
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
			g.queue.yield()
		default:
			g.exclusive()
		}
	}
}

// exclusive serves the first request of its lane.
func (g *Group) exclusive() {
	r := g.queue.pop(exclusive)
	if r == nil { // its caller left
		g.queue.yield()
		return
	}
	g.serve(r)
}

// serve runs one request by itself, puts the pen down, unless the request was
// for a transaction and got it, and answers.
func (g *Group) serve(r *request) {
	if r.do == nil {
		g.single(r)
	} else if r.err = g.real.ready(); r.err == nil {
		r.do(r)
	}
	if r.lease == nil {
		g.queue.yield()
	}
	r.answer()
}

// single runs one statement in a transaction of its own, so that waiting for
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

// commit ends a transaction of n statements.
func (g *Group) commit(n int) error {
	start := time.Now()
	err := g.real.commit()
	took := time.Since(start)
	g.commitTime += (took - g.commitTime) / 8
	g.stats.group(n, took)
	return err
}

// patience is how long a group gathers. It is so little next to a commit of a slow
// disk that nobody notices, and so much next to one of a fast disk that a
// saturated machine spends its time on something else than commits.
func (g *Group) patience() time.Duration { return min(8*g.commitTime, g.o.MaxGather) }

// group runs what waits in one transaction. It takes nothing before it has
// SQLite's lock: until then everybody is free to leave, and to join.
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
	g.together(g.batch)
	clear(g.batch)
}

// refuse answers head, if it still waits, that no transaction could be opened;
// the others try again.
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

// together runs batch in the open transaction and commits it.
func (g *Group) together(batch []*request) {
	for _, r := range batch {
		g.real.run(r)
		if r.failed() && !g.real.inTransaction() || g.real.owes() {
			g.real.rollback() // if SQLite did not
			g.apart(batch)
			return
		}
	}
	err := g.commit(len(batch))
	if code(err) == codeConstraint && !errors.Is(err, ErrOutcomeUnknown) {
		g.apart(batch) // a deferred foreign key of somebody: it shall fail alone
		return
	}
	for _, r := range batch {
		if !r.failed() {
			r.err = err
		}
		r.answer()
	}
}

// apart runs batch again, each statement by itself, after all of it was rolled
// back: so each gets exactly what a plain connection would have given it. Those
// whose context or MaxWait is over by now are not run again.
func (g *Group) apart(batch []*request) {
	g.stats.apart.Add(1)
	for _, r := range batch {
		r.result, r.rows, r.err = nil, nil, nil
		g.single(r)
		r.answer()
	}
}
