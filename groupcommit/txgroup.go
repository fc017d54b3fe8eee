package groupcommit

import (
	"cmp"
	"context"
	"time"
)

// Transactions that wait follow one another in one transaction of SQLite. The
// first is that transaction, each later one is a savepoint in it, and all are
// answered after the shared COMMIT.
const (
	openSavepoint  = "SAVEPOINT groupcommit_b1946ac9"
	closeSavepoint = "RELEASE groupcommit_b1946ac9"
	undoSavepoint  = "ROLLBACK TO groupcommit_b1946ac9; RELEASE groupcommit_b1946ac9"
)

// leave ends t and passes the writer lock on: to the next transaction, if it may
// share the commit. r is answered when the shared transaction has ended. That is
// true for a rollback, too: what t has read may not be committed yet.
func (g *Group) leave(t *tx, r *request, commit bool) {
	g.txTime += (time.Since(t.began) - g.txTime) / 8
	if !t.shared && !commit {
		r.err = g.real.rollback()
		g.queue.release()
		r.answer()
		return
	}
	if len(g.ended) == 0 {
		g.endedSince = time.Now()
	}
	g.ended = append(g.ended, r)
	if lost := g.endSavepoint(t, r, commit); lost != nil {
		g.real.rollback() // if SQLite did not
		g.answerEnded(lost)
		return
	}
	if next := g.join(t); next != nil {
		next.answer()
		return
	}
	g.stats.add(func(s *Stats) { s.TxCommits++ })
	g.answerEnded(g.commit(len(g.ended)))
}

// endSavepoint ends the savepoint of t, if it has one. The error of t is kept in
// r; an error that is returned is for the others: their transaction is gone.
func (g *Group) endSavepoint(t *tx, r *request, commit bool) (lost error) {
	ctx := context.Background()
	var gone error
	switch {
	case !t.shared:
		return nil
	case commit && !g.real.hasDeferredViolation():
		gone = g.real.exec(ctx, closeSavepoint)
	default:
		if commit {
			t.opaque = true                    // in case that COMMIT does more than it should:
			r.err = g.real.exec(ctx, "COMMIT") // fail, with the error that a plain connection gives
		}
		gone = g.real.exec(ctx, undoSavepoint)
	}
	switch r.err = cmp.Or(r.err, gone); {
	case gone == nil:
		return nil
	case t.opaque:
		return unknown(gone)
	default:
		return ErrRolledBack
	}
}

// join lets the next transaction that waits share the commit of t, and returns
// its request; nil if there is none, or if it might hold up those that have ended,
// or endanger them.
func (g *Group) join(t *tx) *request {
	if t.opaque || len(g.ended) >= g.o.MaxGroup || max(g.txTime, time.Since(g.endedSince)) > g.o.MaxGather {
		return nil
	}
	if _, waits := g.queue.head(exclusive); !waits {
		return nil
	}
	if g.real.hasDeferredViolation() || !t.shared && !g.real.inTransaction() {
		return nil
	}
	r := g.queue.pop(true)
	if r == nil { // withdrawn
		return nil
	}
	if r.err = g.real.exec(context.Background(), openSavepoint); r.err != nil {
		r.answer()
		return nil
	}
	r.tx = g.newTx(true)
	return r
}

// answerEnded answers the transactions that shared one, which ended with err, and
// releases the writer lock.
func (g *Group) answerEnded(err error) {
	for _, r := range g.ended {
		r.err = cmp.Or(r.err, err)
		r.answer()
	}
	clear(g.ended)
	g.ended = g.ended[:0]
	g.queue.release()
}
