package inspector

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

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
	if db := ins.store.SQLite(); db != nil {
		ins.Metrics.Gauge("sqlite_wal_bytes", "Size of SQLite's write-ahead log.", func() float64 { return float64(db.WALBytes()) })
		ins.Metrics.Gauge("group_waiting", "Statements that wait for the next group commit.", func() float64 { return float64(db.Groups().Waiting) })
		ins.Metrics.Counter("group_busy", "Statements refused because too many waited, or for too long.", func() int64 { return int64(db.Groups().Busy) })
		ins.Metrics.Registry.MustRegister(db.GroupSize, db.CommitTime)
	}
}

// buildInfo is a metric whose labels say which program this is.
func buildInfo() prometheus.Collector {
	b := version.Current()
	labels := prometheus.Labels{"version": b.Version, "revision": b.Revision, "go_version": b.Go}
	g := prometheus.NewGauge(prometheus.GaugeOpts{Name: "trolley_build_info", Help: "Always 1; the labels say which program this is.", ConstLabels: labels})
	g.Set(1)
	return g
}
