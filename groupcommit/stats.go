package groupcommit

import (
	"context"
	"errors"
	"sync"
)

// Stats is a snapshot of what a Group has done since it was made.
type Stats struct {
	Statements   uint64 // that ran in groups
	Groups       uint64 // commits of them; Statements/Groups is what grouping saves
	Largest      uint64 // group, in statements
	OutsideTx    uint64 // PRAGMA, VACUUM, DDL, scripts
	Transactions uint64 // explicit ones
	TxCommits    uint64 // of them; fewer if they share commits
	Retried      uint64 // groups that were rolled back and run again one by one
	Opened       uint64 // real connections; more than one means that one went bad
	Busy         uint64 // requests refused with ErrBusy
	Left         uint64 // requests whose context ended before they ran
	Waiting      int    // requests in the queue now
}

// counters are the live Stats.
type counters struct {
	mu sync.Mutex
	s  Stats
}

func (c *counters) add(change func(*Stats)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change(&c.s)
}

// refuse counts a request that was not run because of err.
func (c *counters) refuse(err error) {
	c.add(func(s *Stats) {
		switch {
		case errors.Is(err, ErrBusy):
			s.Busy++
		case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
			s.Left++
		}
	})
}

// Stats returns the counters. It may be called at any time.
func (g *Group) Stats() (now Stats) {
	g.stats.add(func(s *Stats) { now = *s })
	now.Waiting = g.queue.length()
	return now
}
