package groupcommit

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"time"
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

	GroupSize  Histogram // statements
	CommitTime Histogram // seconds, of the COMMIT alone
}

// Histogram counts observations. Counts[i] holds those that are at most
// Bounds[i] and above Bounds[i-1]; the last count those above all bounds.
type Histogram struct {
	Bounds []float64
	Counts []uint64
	Sum    float64
}

var (
	sizeBounds = []float64{1, 2, 4, 8, 16, 32, 64, 128, 256}
	timeBounds = []float64{50e-6, 100e-6, 250e-6, 500e-6, 1e-3, 2.5e-3, 5e-3, 10e-3, 50e-3, 250e-3, 1}
)

// counters are the live Stats. The holder of the writer lock adds to most of
// them.
type counters struct {
	statements, groups, largest, reads, outsideTx, transactions, retried, opened, busy, left atomic.Uint64

	sizes [10]atomic.Uint64
	times [12]atomic.Uint64
	nanos atomic.Int64
}

func (c *counters) group(n int, took time.Duration) {
	c.groups.Add(1)
	c.statements.Add(uint64(n))
	c.largest.Store(max(c.largest.Load(), uint64(n)))
	c.sizes[bucket(sizeBounds, float64(n))].Add(1)
	c.times[bucket(timeBounds, took.Seconds())].Add(1)
	c.nanos.Add(int64(took))
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

// bucket returns the index of the first bound that is at least v.
func bucket(bounds []float64, v float64) int {
	i, _ := slices.BinarySearch(bounds, v)
	return i
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
		GroupSize:  histogram(sizeBounds, c.sizes[:], float64(c.statements.Load())),
		CommitTime: histogram(timeBounds, c.times[:], time.Duration(c.nanos.Load()).Seconds()),
	}
}

func histogram(bounds []float64, live []atomic.Uint64, sum float64) Histogram {
	h := Histogram{Bounds: slices.Clone(bounds), Counts: make([]uint64, len(live)), Sum: sum}
	for i := range live {
		h.Counts[i] = live[i].Load()
	}
	return h
}
