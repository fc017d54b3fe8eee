package sqlite

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

func newGroupSize() prometheus.Histogram {
	return prometheus.NewHistogram(prometheus.HistogramOpts{Name: "trolley_group_size_statements",
		Help:    "Statements that shared a commit.",
		Buckets: []float64{1, 2, 4, 8, 16, 32, 64, 128, 256}})
}

func newCommitTime() prometheus.Histogram {
	return prometheus.NewHistogram(prometheus.HistogramOpts{Name: "trolley_group_commit_duration_seconds",
		Help:    "Time of the COMMIT of a group alone.",
		Buckets: []float64{50e-6, 100e-6, 250e-6, 500e-6, 1e-3, 2.5e-3, 5e-3, 10e-3, 50e-3, 250e-3, 1}})
}

func (db *DB) observe(size int, took time.Duration) {
	db.GroupSize.Observe(float64(size))
	db.CommitTime.Observe(took.Seconds())
}
