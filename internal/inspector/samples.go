package inspector

import (
	"math"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	dto "github.com/prometheus/client_model/go"
)

// sample is what the metrics without labels were at one moment.
type sample struct {
	at      time.Time
	metrics map[string]*dto.Metric // by name, without "trolley_"
}

// samples are the last samples, the oldest first. Many may read them while one
// goroutine adds.
type samples struct{ last atomic.Pointer[[]sample] }

func (s *samples) all() []sample {
	if last := s.last.Load(); last != nil {
		return *last
	}
	return nil
}

func (s *samples) add(one sample) {
	all := s.all()
	all = append(slices.Clone(all[max(0, len(all)+1-maxSamples):]), one)
	s.last.Store(&all)
}

// newest returns when the last sample was taken; the zero time before the first.
func (s *samples) newest() (at time.Time) {
	if all := s.all(); len(all) > 0 {
		at = all[len(all)-1].at
	}
	return at
}

// takeSample adds a sample of the metrics. To read them counts the sessions.
func (ins *Inspector) takeSample() {
	families, err := ins.Metrics.Registry.Gather()
	if err != nil {
		ins.Log.Warn("metrics not sampled", "error", err)
	}
	ins.samples.add(newSample(families))
}

func newSample(families []*dto.MetricFamily) sample {
	s := sample{time.Now(), make(map[string]*dto.Metric)}
	for _, f := range families {
		if name, ours := strings.CutPrefix(f.GetName(), "trolley_"); ours && len(f.GetMetric()) == 1 {
			s.metrics[name] = f.GetMetric()[0]
		}
	}
	return s
}

// reading is a number that two samples tell about a metric; NaN for none.
type reading func(now, before sample, metric string) float64

func (s sample) has(metric string) bool { return s.metrics[metric] != nil }

// value is the value of a counter or a gauge.
func (s sample) value(metric string) float64 {
	m := s.metrics[metric]
	return m.GetCounter().GetValue() + m.GetGauge().GetValue() // it is one of them
}

func gauge(now, _ sample, metric string) float64 { return now.value(metric) }

// rate is by how much a counter grew in a minute; NaN for the first sample.
func rate(now, before sample, metric string) float64 {
	return (now.value(metric) - before.value(metric)) / now.at.Sub(before.at).Minutes()
}

// mean is the average of what a histogram counted; NaN if it counted nothing.
func mean(now, before sample, metric string) float64 {
	to, from := now.metrics[metric].GetHistogram(), before.metrics[metric].GetHistogram()
	return (to.GetSampleSum() - from.GetSampleSum()) / float64(to.GetSampleCount()-from.GetSampleCount())
}

// quantile estimates the value that a share q of the observations does not
// exceed, as if they were spread evenly between two bounds. What is above all
// bounds counts as the last of them.
func quantile(q float64) reading {
	return func(now, before sample, metric string) float64 {
		to, from := now.metrics[metric].GetHistogram(), before.metrics[metric].GetHistogram()
		rank := q * float64(to.GetSampleCount()-from.GetSampleCount())
		low, below, old := 0.0, 0.0, from.GetBucket()
		if rank == 0 {
			return math.NaN()
		}
		for i, bucket := range to.GetBucket() {
			upTo, bound := float64(bucket.GetCumulativeCount()), bucket.GetUpperBound()
			if i < len(old) {
				upTo -= float64(old[i].GetCumulativeCount())
			}
			if upTo >= rank {
				return low + (bound-low)*(rank-below)/(upTo-below)
			}
			low, below = bound, upTo
		}
		return low
	}
}
