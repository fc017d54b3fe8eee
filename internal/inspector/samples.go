package inspector

import (
	"context"
	"math"
	"time"

	"trolley/groupcommit"
	"trolley/internal/inspector/recent"
	"trolley/session"
)

// sample is what there was to measure at one moment. Numbers that only grow are
// totals since the process started.
type sample struct {
	at       time.Time
	counted  counted
	sessions session.Stats
	adds     int64
	orders   int64
	commits  recent.Counts
	wal      float64 // bytes; NaN where there is no write-ahead log
	groups   *groupcommit.Stats

	groupTimes recent.Counts // of the COMMIT of a group
}

// takeSamples takes one at once and then one every sampleInterval, until ctx ends.
func (ins *Inspector) takeSamples(ctx context.Context) {
	tick := time.NewTicker(sampleInterval)
	defer tick.Stop()
	for {
		ins.samples.Add(ins.sample(ctx))
		ins.viewers.tellSampled()
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// sample measures. What cannot be measured now is left as it was last.
func (ins *Inspector) sample(ctx context.Context) sample {
	ctx, cancel := context.WithTimeout(ctx, sampleInterval)
	defer cancel()
	counted, err := ins.counts.get(ctx, sampleInterval/2)
	if err != nil && ctx.Err() == nil {
		ins.Log.WarnContext(ctx, "sessions not counted", "error", err)
	}
	s := sample{
		at: time.Now(), counted: counted, sessions: ins.sessions.Stats(),
		adds: ins.Metrics.Adds.Load(), orders: ins.Metrics.Orders.Load(),
		commits: ins.commits.Counts(), wal: math.NaN(),
	}
	if bytes, ok := ins.store.WALBytes(); ok {
		s.wal = float64(bytes)
	}
	if groups, ok := ins.store.Groups(); ok {
		s.groups = &groups
		_, took, _ := ins.store.Commits()
		s.groupTimes = countsOf(took)
	}
	return s
}
