package inspector

import (
	"context"
	"runtime/debug"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"trolley/groupcommit"
	"trolley/internal/inspector/recent"
)

// maxCountAge is how old the numbers of sessions may be for somebody who waits
// for them. The samples keep them younger.
const maxCountAge = 15 * time.Second

// addInspected adds to the metrics what the inspector measures.
func (ins *Inspector) addInspected() {
	m := ins.Metrics
	m.Gauge("sessions_alive", "Sessions that are alive, as counted some seconds ago.", func() float64 { return float64(ins.counted().Alive) })
	m.Gauge("sessions_purge_backlog", "Expired rows that are not removed yet, as counted some seconds ago.", func() float64 { return float64(ins.counted().Expired) })
	m.Gauge("inspector_streams", "Open streams of events.", func() float64 { return float64(ins.viewers.count()) })
	m.Counter("inspector_dropped_events", "Events of sessions that the inspector was too busy to take.", ins.dropped.Load)
	m.Registry.MustRegister(buildInfo(), histogram{
		description("session_commit_duration_seconds", "Time to write a session's row, the wait for it included; orders, which write more, are left out."), ins.commits.Counts})
	if _, ok := ins.store.WALBytes(); ok {
		m.Gauge("sqlite_wal_bytes", "Size of SQLite's write-ahead log.", func() float64 { n, _ := ins.store.WALBytes(); return float64(n) })
	}
	if _, ok := ins.store.Groups(); ok {
		ins.addGroups()
	}
}

func (ins *Inspector) addGroups() {
	m := ins.Metrics
	groups := func() groupcommit.Stats { s, _ := ins.store.Groups(); return s }
	m.Gauge("group_waiting", "Statements that wait for the next group commit.", func() float64 { return float64(groups().Waiting) })
	m.Counter("group_busy", "Statements refused because too many waited, or for too long.", func() int64 { return int64(groups().Busy) })
	size, took, _ := ins.store.Commits()
	m.Registry.MustRegister(size, took)
}

// countsOf reads a histogram back.
func countsOf(h prometheus.Histogram) (c recent.Counts) {
	var m dto.Metric
	if h == nil || h.Write(&m) != nil {
		return c
	}
	below := uint64(0)
	for _, b := range m.Histogram.Bucket {
		c.Bounds, c.Counts = append(c.Bounds, b.GetUpperBound()), append(c.Counts, b.GetCumulativeCount()-below)
		below = b.GetCumulativeCount()
	}
	c.Counts = append(c.Counts, m.Histogram.GetSampleCount()-below)
	c.Sum = m.Histogram.GetSampleSum()
	return c
}

// counted returns how many sessions there are, as of some seconds ago.
func (ins *Inspector) counted() counted {
	ctx, cancel := context.WithTimeout(context.Background(), sampleInterval)
	defer cancel()
	c, err := ins.counts.get(ctx, maxCountAge)
	if err != nil {
		ins.Log.Warn("sessions not counted", "error", err)
	}
	return c
}

// buildInfo is a metric whose labels say which program this is.
func buildInfo() prometheus.Collector {
	labels := prometheus.Labels{"version": "unknown", "revision": "unknown", "go_version": "unknown"}
	if info, ok := debug.ReadBuildInfo(); ok {
		labels["version"], labels["go_version"] = info.Main.Version, info.GoVersion
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				labels["revision"] = s.Value
			}
		}
	}
	g := prometheus.NewGauge(prometheus.GaugeOpts{Name: "trolley_build_info", Help: "Always 1; the labels say which program this is.", ConstLabels: labels})
	g.Set(1)
	return g
}

// histogram is a metric whose numbers are kept elsewhere.
type histogram struct {
	desc *prometheus.Desc
	read func() recent.Counts
}

func description(name, help string) *prometheus.Desc {
	return prometheus.NewDesc("trolley_"+name, help, nil, nil)
}

// Describe implements prometheus.Collector.
func (h histogram) Describe(to chan<- *prometheus.Desc) { to <- h.desc }

// Collect implements prometheus.Collector.
func (h histogram) Collect(to chan<- prometheus.Metric) {
	c := h.read()
	cumulative, n := make(map[float64]uint64, len(c.Bounds)), uint64(0)
	for i, bound := range c.Bounds {
		n += c.Counts[i]
		cumulative[bound] = n
	}
	to <- prometheus.MustNewConstHistogram(h.desc, c.Total(), c.Sum, cumulative)
}
