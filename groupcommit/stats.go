package groupcommit

import (
	"context"
	"errors"
	"sync/atomic"
)

// Stats is a snapshot of what a Group has done since it was made.
type Stats struct {
	Statements   uint64 // that ran in groups
	Groups       uint64 // commits of them; Statements/Groups is what grouping saves
	Largest      uint64 // group, in statements
	Reads        uint64 // that needed no group
	OutsideTx    uint64 // PRAGMA, VACUUM, DDL, scripts
	Transactions uint64 // explicit ones
	Retried      uint64 // groups that were rolled back and run again one by one
	Opened       uint64 // real connections; more than one means that one went bad
	Busy         uint64 // requests refused with ErrBusy
	Left         uint64 // requests whose context ended before they ran
	Waiting      int    // requests in the queue now
}

// counters are the live Stats. The holder of the writer lock adds to most of
// them.
type counters struct {
	statements, groups, largest, reads, outsideTx, transactions, retried, opened, busy, left atomic.Uint64
}

func (c *counters) group(n int) {
	c.groups.Add(1)
	c.statements.Add(uint64(n))
	c.largest.Store(max(c.largest.Load(), uint64(n)))
}

// refuse counts a request that was not run.
func (c *counters) refuse(err error) {
	switch {
	case errors.Is(err, ErrBusy):
		c.busy.Add(1)
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		c.left.Add(1)
	}
}

// Stats returns the counters. It may be called at any time.
func (g *Group) Stats() Stats {
	c := &g.stats
	g.queue.mu.Lock()
	waiting := g.queue.waiting()
	g.queue.mu.Unlock()
	return Stats{
		Statements: c.statements.Load(), Groups: c.groups.Load(), Largest: c.largest.Load(),
		Reads: c.reads.Load(), OutsideTx: c.outsideTx.Load(), Transactions: c.transactions.Load(),
		Retried: c.retried.Load(), Opened: c.opened.Load(),
		Busy: c.busy.Load(), Left: c.left.Load(), Waiting: waiting,
	}
}
