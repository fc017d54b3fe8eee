package inspector

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"trolley/groupcommit"
	"trolley/internal/version"
)

// addMetrics adds what the inspector measures to the metrics.
func (ins *Inspector) addMetrics() {
	ins.Metrics.Registry.MustRegister(ins.commits, ins.dropped, buildInfo())
	ins.Metrics.Gauge("sessions_alive", "Sessions that are alive, as counted some seconds ago.", func() float64 { return float64(ins.counted().Alive) })
	ins.Metrics.Gauge("sessions_purge_backlog", "Expired rows that are not removed yet, as counted some seconds ago.", func() float64 { return float64(ins.counted().Expired) })
	ins.Metrics.Gauge("inspector_streams", "Open streams of events.", func() float64 { return float64(len(ins.streams)) })
	ins.Metrics.Registry.MustRegister(collectors.NewDBStatsCollector(ins.store.Write(), "write"))
	if ins.store.Read() != ins.store.Write() {
		ins.Metrics.Registry.MustRegister(collectors.NewDBStatsCollector(ins.store.Read(), "read"))
	}
	if _, ok := ins.store.WALBytes(); ok {
		ins.Metrics.Gauge("sqlite_wal_bytes", "Size of SQLite's write-ahead log.", func() float64 { n, _ := ins.store.WALBytes(); return float64(n) })
	}
	if _, ok := ins.store.Groups(); ok {
		ins.addGroups()
	}
}

// addGroups adds what group commits measure.
func (ins *Inspector) addGroups() {
	groups := func() groupcommit.Stats { s, _ := ins.store.Groups(); return s }
	ins.Metrics.Gauge("group_waiting", "Statements that wait for the next group commit.", func() float64 { return float64(groups().Waiting) })
	ins.Metrics.Counter("group_busy", "Statements refused because too many waited, or for too long.", func() int64 { return int64(groups().Busy) })
	size, took, _ := ins.store.Commits()
	ins.Metrics.Registry.MustRegister(size, took)
}

// buildInfo is a metric whose labels say which program this is.
func buildInfo() prometheus.Collector {
	b := version.Current()
	labels := prometheus.Labels{"version": b.Version, "revision": b.Revision, "go_version": b.Go}
	g := prometheus.NewGauge(prometheus.GaugeOpts{Name: "trolley_build_info", Help: "Always 1; the labels say which program this is.", ConstLabels: labels})
	g.Set(1)
	return g
}
