package inspector

import (
	"context"
	"net/http"
	"slices"
	"time"

	"trolley/internal/cart"
	"trolley/internal/inspector/plot"
	"trolley/internal/locale"
	"trolley/internal/store"
)

// rateWindow is over how many samples a rate is taken: a minute.
const rateWindow = int(time.Minute / sampleInterval)

const (
	plotSteps  = 120 // steps in time of a plot, at most
	stripWidth = 280 // of the plots above the list, in pixels
)

// window is a time that plots can show.
type window struct {
	Name, Text string
	over       time.Duration
}

// windows are the choices; the longest one needs all samples.
var windows = []window{{"5m", "5 minutes", 5 * time.Minute}, {"15m", "15 minutes", 15 * time.Minute}, {"1h", "1 hour", time.Hour}}

// usualWindow is the one without a choice.
const usualWindow = 1

// line is a line of a plot: a reading of a metric, name is "trolley_" without.
type line struct {
	name   string
	read   reading
	metric string
}

// curve is what a plot over time shows.
type curve struct {
	plot.Lines // without values
	lines      []line
	strip      bool // also above the list
}

var median, p95 = quantile(.5), quantile(.95)

// curves are the plots, those of a database that has no such metric excepted.
var curves = []curve{
	{plot.Lines{ID: "alive", Title: "Sessions alive", Unit: plot.Number, Text: "Counted in the table."},
		[]line{{"alive", gauge, "sessions_alive"}}, true},
	{plot.Lines{ID: "lives", Title: "Begun and expired", Unit: plot.Number, Per: "per minute",
		Text: "Sessions that got a row, and expired rows that the purge removed."},
		[]line{{"begun", rate, "sessions_created_total"}, {"expired", rate, "sessions_expired_total"}}, false},
	{plot.Lines{ID: "sales", Title: "Adds and orders", Unit: plot.Number, Per: "per minute",
		Text: "Times that something went into a cart, and orders placed."},
		[]line{{"adds", rate, "cart_adds_total"}, {"orders", rate, "orders_placed_total"}}, true},
	{plot.Lines{ID: "commits", Title: "Commits", Unit: plot.Number, Per: "per minute", Text: "Rows written with new data."},
		[]line{{"commits", rate, "sessions_commits_total"}}, true},
	{plot.Lines{ID: "latency", Title: "Time of a commit", Unit: plot.Seconds,
		Text: "To write a session’s row, the wait for it included: half of them took at most p50, 95 of 100 at most p95."},
		[]line{{"p50", median, "session_commit_duration_seconds"}, {"p95", p95, "session_commit_duration_seconds"}}, true},
	{plot.Lines{ID: "conflicts", Title: "Conflicts", Unit: plot.Number, Per: "per minute",
		Text: "Handlers that ran again because another request was first."},
		[]line{{"re-runs", rate, "sessions_conflicts_total"}}, false},
	{plot.Lines{ID: "backlog", Title: "Purge backlog", Unit: plot.Number, Text: "Expired rows that are not removed yet."},
		[]line{{"rows", gauge, "sessions_purge_backlog"}}, false},
	{plot.Lines{ID: "group", Title: "Group size", Unit: plot.Number,
		Text: "Statements that share one COMMIT, and so one wait for the disk."},
		[]line{{"mean", mean, "group_size_statements"}}, false},
	{plot.Lines{ID: "fsync", Title: "Time of a group’s COMMIT", Unit: plot.Seconds,
		Text: "The COMMIT alone: the wait for the disk."},
		[]line{{"p50", median, "group_commit_duration_seconds"}, {"p95", p95, "group_commit_duration_seconds"}}, false},
	{plot.Lines{ID: "wal", Title: "Write-ahead log", Unit: plot.Bytes,
		Text: "The file beside the database. SQLite empties it by checkpoints and keeps its size."},
		[]line{{"", gauge, "sqlite_wal_bytes"}}, false},
}

// chosen returns the samples that plots of a time show, by index. The last sample is
// always among them.
func chosen(n int, over time.Duration) (indexes []int, step time.Duration) {
	all := int(over / sampleInterval)
	every := (all + plotSteps - 1) / plotSteps
	for i := n - 1; i >= max(n-1-all, 0); i -= every {
		indexes = append(indexes, i)
	}
	slices.Reverse(indexes)
	return indexes, sampleInterval * time.Duration(every)
}

// draw returns the plots of samples over a time, all or those above the list.
func draw(samples []sample, over time.Duration, strip bool) (plots []plot.Lines) {
	indexes, step := chosen(len(samples), over)
	var times []time.Time
	for _, i := range indexes {
		times = append(times, samples[i].at)
	}
	for _, c := range curves {
		if strip && !c.strip || len(samples) > 0 && !samples[len(samples)-1].has(c.lines[0].metric) {
			continue
		}
		l := c.Lines
		l.Step, l.Steps, l.Times = step, int(over/step), times
		if strip {
			l.Text, l.Width = "", stripWidth
		}
		for _, line := range c.lines {
			l.Series = append(l.Series, plot.Series{Name: line.name, Values: line.values(samples, indexes)})
		}
		plots = append(plots, l)
	}
	return plots
}

// values reads the line at each index, and a minute before it.
func (l line) values(samples []sample, indexes []int) (values []float64) {
	for _, i := range indexes {
		values = append(values, l.read(samples[i], samples[max(i-rateWindow, 0)], l.metric))
	}
	return values
}

// plotsPage is the data of ui/html/pages/plots.html.
type plotsPage struct {
	page
	Windows []window
	Window  window
	Figures []plot.Lines
	Values  plot.Bars
}

// plots answers GET /plots.
func (ins *Inspector) plots(w http.ResponseWriter, r *http.Request) error {
	values, err := ins.cartsByValue(r.Context())
	if err != nil {
		return err
	}
	chosen := slices.IndexFunc(windows, func(w window) bool { return w.Name == r.URL.Query().Get("for") })
	if chosen < 0 {
		chosen = usualWindow
	}
	shown := windows[chosen]
	return ins.Render(w, "plots", plotsPage{ins.page(r, "Plots"), windows, shown, draw(ins.samples.all(), shown.over, false), values})
}

// valueRange is a range of carts by value, from an amount on.
type valueRange struct {
	from cart.Money
	name string
}

// valueBins are the ranges; the last one has no upper end.
var valueBins = []valueRange{{0, "€0–10"}, {1000, "10–25"}, {2500, "25–50"}, {5000, "50–100"}, {10000, "100–200"},
	{20000, "200–500"}, {50000, "over 500"}}

// cartsByValue returns the carts of the newest sessions, by what they are worth now.
func (ins *Inspector) cartsByValue(ctx context.Context) (plot.Bars, error) {
	b := plot.Bars{ID: "values", Title: "Carts by value", Head: []string{"Value, in €", "Carts"}}
	rows, err := ins.store.NewestSessions(ctx, store.SessionStretch{Limit: maxScanned})
	if err != nil {
		return b, err
	}
	sessions, err := ins.views(ctx, rows)
	if err != nil {
		return b, err
	}
	for _, bin := range valueBins {
		b.Bars = append(b.Bars, plot.Bar{Name: bin.name})
	}
	sessions = slices.DeleteFunc(sessions, func(s sessionView) bool { return !s.Alive() })
	carts := 0
	for _, s := range sessions {
		if len(s.Quote.Lines) > 0 {
			carts++
			b.Bars[valueBin(s.Quote.Subtotal)].Count++
		}
	}
	b.Text = locale.Plural(carts, "cart", "carts") + " in " + locale.Plural(len(sessions), "session", "sessions") +
		", the newest. In €, at today’s prices."
	return b, nil
}

// valueBin returns the range of a value: the last one that begins at it or below.
func valueBin(value cart.Money) (bin int) {
	for i, b := range valueBins {
		if value >= b.from {
			bin = i
		}
	}
	return bin
}
