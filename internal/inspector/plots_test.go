package inspector

import (
	"context"
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"trolley/groupcommit"
	"trolley/internal/cart"
	"trolley/internal/inspector/plot"
	"trolley/internal/inspector/recent"
	"trolley/internal/web"
	"trolley/session"
	"trolley/test/shoptest"
)

// samples returns n samples, five seconds apart: every five seconds 1 add, and
// 2 statements in a group of their own; every minute a commit of 1 ms.
func samples(n int) (all []sample) {
	began := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	h := recent.NewHistogram(.002, .004)
	for i := range n {
		if i%12 == 0 {
			h.Observe(time.Millisecond)
		}
		all = append(all, sample{at: began.Add(time.Duration(i) * sampleInterval), counted: counted{Alive: i}, adds: int64(i), commits: h.Counts(),
			sessions: session.Stats{Created: int64(2 * i)}, groups: &groupcommit.Stats{Statements: uint64(2 * i), Groups: uint64(i)}})
	}
	return all
}

func TestHistoryTellsRatesOfAMinute(t *testing.T) {
	t.Parallel()
	h, nan := newHistory(samples(4)), math.NaN()
	approximately := cmp.Options{cmpopts.EquateNaNs(), cmpopts.EquateApprox(0, 1e-9)}
	for name, tt := range map[string]struct{ got, want []float64 }{
		"gauge":   {h.gauge(func(s sample) float64 { return float64(s.counted.Alive) }), []float64{0, 1, 2, 3}},
		"rate":    {h.perMinute(func(s sample) float64 { return float64(s.adds) }), []float64{nan, 12, 12, 12}},
		"session": {h.sessionRate("", func(s session.Stats) int64 { return s.Created }).values, []float64{nan, 24, 24, 24}},
		"ratio":   {h.ratio(func(s groupcommit.Stats) (float64, float64) { return float64(s.Statements), float64(s.Groups) }), []float64{nan, 2, 2, 2}},
		"no time": {h.quantiles(func(s sample) recent.Counts { return s.commits })[0].values, []float64{nan, nan, nan, nan}},
	} {
		if diff := cmp.Diff(tt.want, tt.got, approximately); diff != "" {
			t.Errorf("%s: -want +got\n%s", name, diff)
		}
	}
	h = newHistory(samples(30))
	p50, p95 := h.quantiles(func(s sample) recent.Counts { return s.commits })[0].values, h.quantiles(func(s sample) recent.Counts { return s.commits })[1].values
	if got := p50[29]; got != .001 || p95[29] <= got {
		t.Errorf("p50 %v and p95 %v, want 1 and nearly 2 ms", got, p95[29])
	}
}

// An hour fits into a plot, and the last sample is always the last point.
func TestHistoryIsBounded(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 2, plotSteps, plotSteps + 1, plotSteps + 2, 500, maxSamples} {
		h := newHistory(samples(n))
		if got := len(h.shown); got > plotSteps+1 || n > 0 && (got == 0 || h.shown[got-1] != n-1) {
			t.Errorf("%d samples: %d points, the last of which are %v", n, got, h.shown[max(got-2, 0):])
		}
		if got := len(h.table(plot.Count, nil)); got > tableRows {
			t.Errorf("%d samples: a table of %d rows", n, got)
		}
	}
	if h := newHistory(samples(maxSamples)); h.step != 30*time.Second || len(h.shown) != plotSteps+1 {
		t.Errorf("an hour has %d points, %v apart", len(h.shown), h.step)
	}
}

func TestPlotsPageShowsWhatIsMeasured(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t, withInspector)
	v, o := s.Visitor(t), s.Office(t)
	inspectorOf(s).samples.Add(inspectorOf(s).sample(t.Context()))
	v.Order("mug")
	v.Post("/cart/items", "sku", "mug", "quantity", "3").Want(t, http.StatusSeeOther)
	inspectorOf(s).counts.last = counted{}
	inspectorOf(s).samples.Add(inspectorOf(s).sample(t.Context()))
	page := o.Get("/plots").Want(t, http.StatusOK, "Sessions alive", "1 alive", "Adds and orders", "Time of a commit", "p95", "Conflicts", "Purge backlog", "Carts by value",
		"1 cart in 1 session, the newest", "50–100", "The same in numbers")
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
	c := counts{count: nil}
	c.count = func(context.Context) (int, int, error) { asked++; return asked, 0, nil }
	for range 3 {
		if got, err := c.get(t.Context(), time.Hour); got.Alive != 1 || err != nil {
			t.Errorf("%+v, %v, want the first count", got, err)
		}
	}
	c.took = time.Hour
	if got, _ := c.get(t.Context(), 0); got.Alive != 1 {
		t.Error("what took an hour is counted again at once")
	}
	c.took = 0
	if got, _ := c.get(t.Context(), 0); got.Alive != 2 {
		t.Error("an old count is not renewed")
	}
}

func TestValueBins(t *testing.T) {
	t.Parallel()
	for value, want := range map[int64]string{0: "€0–10", 999: "€0–10", 1000: "10–25", 49999: "200–500", 50000: "over 500", math.MaxInt64: "over 500"} {
		if got := valueBins[valueBin(cart.Money(value))].name; got != want {
			t.Errorf("%d is in %s, want %s", value, got, want)
		}
	}
}

func TestSpansOfTime(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{0: "0 s", 59 * time.Second: "59 s", 12 * time.Minute: "12 min", 3*time.Hour + 59*time.Second: "3 h 0 min", 29*24*time.Hour + 23*time.Hour: "29 d 23 h"} {
		if got := web.Span(d); got != want {
			t.Errorf("%v is %q, want %q", d, got, want)
		}
	}
	if got := web.Left(time.Now().Add(-time.Second)); got != "over" {
		t.Errorf("a second ago is %q", got)
	}
	if got := web.Since(time.Now().Add(time.Hour)) + web.Since(time.Time{}); got != "0 s ago" {
		t.Errorf("an hour from now is %q", got)
	}
}
