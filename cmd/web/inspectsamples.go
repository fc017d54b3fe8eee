package main

import (
	"context"
	"math"
	"time"

	"trolley/groupcommit"
	"trolley/internal/recent"
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
func (app *application) takeSamples(ctx context.Context) {
	tick := time.NewTicker(sampleInterval)
	defer tick.Stop()
	for {
		app.inspector.samples.Add(app.sample(ctx))
		app.inspector.viewers.tellSampled()
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// sample measures. What cannot be measured now is left as it was last.
func (app *application) sample(ctx context.Context) sample {
	ctx, cancel := context.WithTimeout(ctx, sampleInterval)
	defer cancel()
	counted, err := app.inspector.counts.get(ctx, sampleInterval/2)
	if err != nil && ctx.Err() == nil {
		app.log.WarnContext(ctx, "sessions not counted", "error", err)
	}
	s := sample{
		at: time.Now(), counted: counted, sessions: app.sessions.Stats(),
		adds: app.metrics.adds.Load(), orders: app.metrics.orders.Load(),
		commits: app.inspector.commits.Counts(), wal: math.NaN(),
	}
	if bytes, ok := app.store.WALBytes(); ok {
		s.wal = float64(bytes)
	}
	if groups, ok := app.store.Groups(); ok {
		s.groups = &groups
		_, took, _ := app.store.Commits()
		s.groupTimes = countsOf(took)
	}
	return s
}
