package inspector

import (
	"context"
	"errors"
	"math"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"trolley/internal/cart"
	"trolley/test/shoptest"
)

// samplesOf returns n samples, five seconds apart: every five seconds 1 add, 2
// sessions, and 2 statements in a group of their own; every minute a commit of 1 ms.
func samplesOf(t *testing.T, n int) (all []sample) {
	t.Helper()
	began := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	commits := prometheus.NewHistogram(prometheus.HistogramOpts{Buckets: []float64{.002, .004}})
	groups := prometheus.NewHistogram(prometheus.HistogramOpts{})
	adds, sessions := prometheus.NewCounter(prometheus.CounterOpts{}), prometheus.NewCounter(prometheus.CounterOpts{})
	alive := prometheus.NewGauge(prometheus.GaugeOpts{})
	for i := range n {
		if i%12 == 0 {
			commits.Observe(.001)
		}
		s := sample{began.Add(time.Duration(i) * sampleInterval), make(map[string]*dto.Metric)}
		for name, m := range map[string]prometheus.Metric{"sessions_alive": alive, "cart_adds_total": adds, "sessions_created_total": sessions,
			"session_commit_duration_seconds": commits, "group_size_statements": groups} {
			s.metrics[name] = new(dto.Metric)
			if err := m.Write(s.metrics[name]); err != nil {
				t.Fatal(err)
			}
		}
		all = append(all, s)
		alive.Inc()
		adds.Inc()
		sessions.Add(2)
		groups.Observe(2)
	}
	return all
}

func TestPlotsTellRatesOfAMinute(t *testing.T) {
	t.Parallel()
	all, nan := samplesOf(t, 4), math.NaN()
	indexes, _ := chosen(len(all), time.Hour/12)
	approximately := cmp.Options{cmpopts.EquateNaNs(), cmpopts.EquateApprox(0, 1e-9)}
	for name, tt := range map[string]struct {
		line line
		want []float64
	}{
		"gauge":   {line{"", gauge, "sessions_alive"}, []float64{0, 1, 2, 3}},
		"rate":    {line{"", rate, "cart_adds_total"}, []float64{nan, 12, 12, 12}},
		"session": {line{"", rate, "sessions_created_total"}, []float64{nan, 24, 24, 24}},
		"mean":    {line{"", mean, "group_size_statements"}, []float64{nan, 2, 2, 2}},
		"no time": {line{"", median, "session_commit_duration_seconds"}, []float64{nan, nan, nan, nan}},
	} {
		if diff := cmp.Diff(tt.want, tt.line.values(all, indexes), approximately); diff != "" {
			t.Errorf("%s: -want +got\n%s", name, diff)
		}
	}
	all = samplesOf(t, 30)
	p50, p95 := median(all[29], all[17], "session_commit_duration_seconds"), p95(all[29], all[17], "session_commit_duration_seconds")
	if p50 != .001 || p95 <= p50 {
		t.Errorf("p50 %v and p95 %v, want 1 and nearly 2 ms", p50, p95)
	}
}

// Every plot shows the same time, whatever the age of the process, in at most so many
// points, and the last sample is always the last one.
func TestPlotsShowTheTimeThatIsChosen(t *testing.T) {
	t.Parallel()
	for _, w := range windows {
		for _, n := range []int{0, 1, 2, plotSteps, plotSteps + 1, plotSteps + 2, 500, maxSamples} {
			all := samplesOf(t, n)
			shown, step := chosen(n, w.over)
			if got := len(shown); got > plotSteps+1 || n > 0 && (got == 0 || shown[got-1] != n-1) || n == maxSamples && time.Duration(got-1)*step != w.over {
				t.Errorf("%d samples in %s: %d points %v apart, the last of which are %v", n, w.Name, got, step, shown[max(got-2, 0):])
			}
			for _, p := range draw(all, w.over, false) {
				if got := len(p.Rows()); got > 12 || n > 0 && got == 0 || p.Step*time.Duration(p.Steps) != w.over {
					t.Errorf("%d samples in %s: a table of %d rows, a plot of %v", n, w.Name, got, p.Step*time.Duration(p.Steps))
				}
			}
		}
	}
}

func TestQuantiles(t *testing.T) {
	t.Parallel()
	h := prometheus.NewHistogram(prometheus.HistogramOpts{Buckets: []float64{1, 2, 4}})
	read := func() sample {
		var m dto.Metric
		if err := h.Write(&m); err != nil {
			t.Fatal(err)
		}
		return sample{metrics: map[string]*dto.Metric{"h": &m}}
	}
	before := read()
	if got := median(before, sample{}, "h"); !math.IsNaN(got) {
		t.Errorf("a quantile of nothing is %v", got)
	}
	for range 10 {
		h.Observe(1.5)
	}
	for q, want := range map[float64]float64{.5: 1.5, 1: 2, .1: 1.1} {
		if got := quantile(q)(read(), before, "h"); math.Abs(got-want) > 1e-9 {
			t.Errorf("quantile %v is %v, want %v", q, got, want)
		}
	}
	middle := read()
	h.Observe(60)
	if got := median(read(), middle, "h"); got != 4 {
		t.Errorf("what is above all bounds counts as %v, want the last of them", got)
	}
}

func TestPlotsPageShowsWhatIsMeasured(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t, withInspector)
	v, o := s.Visitor(t), s.Office(t)
	inspectorOf(s).takeSample()
	v.Order("mug")
	v.Post("/cart/items", "sku", "mug", "quantity", "3").Want(t, http.StatusSeeOther)
	inspectorOf(s).counter.next = time.Time{}
	inspectorOf(s).takeSample()
	page := o.Get("/plots").Want(t, http.StatusOK, "Sessions alive", "1 alive", "Adds and orders", "Time of a commit", "p95", "Conflicts", "Purge backlog", "Carts by value",
		"1 cart in 1 session, the newest", "50–100", "The same in numbers", "15 min ago")
	o.Get("/plots?for=1h").Want(t, http.StatusOK, "60 min ago", "30 min ago")
	o.Get("/plots?for=1y").Want(t, http.StatusOK, "15 min ago")
	if shoptest.OnPostgres() == strings.Contains(page.Text(), "Write-ahead log") || shoptest.OnPostgres() == strings.Contains(page.Text(), "Group size") {
		t.Error("it plots what the database does not have, or not what it has")
	}
	for id, want := range map[string]string{"alive": "1 alive now", "sales": "adds per minute now", "values": "1 cart in 1 session, the newest"} {
		desc := page.Element("desc", "id", "plot-"+id+"-desc")
		if desc == nil || !strings.Contains(desc.FirstChild.Data, want) {
			t.Errorf("the plot %s is not described by %q", id, want)
		}
	}
}

func TestCountsAreRemembered(t *testing.T) {
	t.Parallel()
	asked := 0
	c := counter{count: func(context.Context) (int, int, error) { asked++; return asked, 0, nil }}
	for range 3 {
		if got, err := c.get(t.Context()); got.Alive != 1 || err != nil {
			t.Errorf("%+v, %v, want the first count", got, err)
		}
	}
	c.next = time.Now()
	if got, _ := c.get(t.Context()); got.Alive != 2 {
		t.Error("an old count is not renewed")
	}
}

// A server that gives up counting is not asked again at once: it would do nothing else.
func TestACountThatTookLongIsRare(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		c := counter{count: func(context.Context) (int, int, error) {
			asked++
			time.Sleep(1400 * time.Millisecond)
			return 0, 0, errors.New("canceling statement due to statement timeout")
		}}
		for range 20 {
			_, _ = c.get(t.Context())
			time.Sleep(5 * time.Second)
		}
		if asked != 1 {
			t.Errorf("asked %d times in 100 seconds", asked)
		}
	})
}

func TestValueBins(t *testing.T) {
	t.Parallel()
	for value, want := range map[int64]string{0: "€0–10", 999: "€0–10", 1000: "10–25", 49999: "200–500", 50000: "over 500", math.MaxInt64: "over 500"} {
		if got := valueBins[valueBin(cart.Money(value))].name; got != want {
			t.Errorf("%d is in %s, want %s", value, got, want)
		}
	}
}
