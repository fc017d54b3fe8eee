package sqlite

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// commits are histograms of the group commit.
type commits struct{ size, time prometheus.Histogram }

func newCommits() commits {
	return commits{
		size: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "trolley_group_size_statements",
			Help:    "Statements that shared a commit.",
			Buckets: []float64{1, 2, 4, 8, 16, 32, 64, 128, 256}}),
		time: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "trolley_group_commit_duration_seconds",
			Help:    "Time of the COMMIT of a group alone.",
			Buckets: []float64{50e-6, 100e-6, 250e-6, 500e-6, 1e-3, 2.5e-3, 5e-3, 10e-3, 50e-3, 250e-3, 1}}),
	}
}

func (c commits) observe(size int, took time.Duration) {
	c.size.Observe(float64(size))
	c.time.Observe(took.Seconds())
}

// Commits returns histograms of how many statements share a commit and of how long
// the COMMIT takes.
func (db *DB) Commits() (size, took prometheus.Histogram) { return db.commits.size, db.commits.time }
