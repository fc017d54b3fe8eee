package inspector

import (
	"context"
	"net/http"
	"time"

	"trolley/internal/cart"
	"trolley/internal/inspector/plot"
	"trolley/internal/locale"
	"trolley/internal/store"
)

// rateWindow is over how many samples a rate is taken: a minute.
const rateWindow = int(time.Minute / sampleInterval)

const (
	plotSteps   = 120           // steps in time of a plot, at most
	fewestSteps = plotSteps / 5 // when the process has just started
	stripWidth  = 280           // of the plots above the list, in pixels
)

// line is a line of a plot: a reading of a metric, name is "trolley_" without.
type line struct {
	name   string
	read   reading
	metric string
}

// curve is what a plot over time shows.
type curve struct {
	id, title, text string
	unit            plot.Unit
	per             string // after the topmost value on the axis
	lines           []line
	strip           bool // also above the list
}

var median, p95 = quantile(.5), quantile(.95)

// curves are the plots, those of a database that has no such metric excepted.
var curves = []curve{
	{"alive", "Sessions alive", "Counted in the table.", plot.Count, "", []line{{"alive", gauge, "sessions_alive"}}, true},
	{"lives", "Begun and expired", "Sessions that got a row, and expired rows that the purge removed.", plot.Number, "per minute",
		[]line{{"begun", rate, "sessions_created_total"}, {"expired", rate, "sessions_expired_total"}}, false},
	{"sales", "Adds and orders", "Times that something went into a cart, and orders placed.", plot.Number, "per minute",
		[]line{{"adds", rate, "cart_adds_total"}, {"orders", rate, "orders_placed_total"}}, true},
	{"commits", "Commits", "Rows written with new data.", plot.Number, "per minute", []line{{"commits", rate, "sessions_commits_total"}}, true},
	{"latency", "Time of a commit", "To write a session’s row, the wait for it included: half of them took at most p50, 95 of 100 at most p95.", plot.Seconds, "",
		[]line{{"p50", median, "session_commit_duration_seconds"}, {"p95", p95, "session_commit_duration_seconds"}}, true},
	{"conflicts", "Conflicts", "Handlers that ran again because another request was first.", plot.Number, "per minute", []line{{"re-runs", rate, "sessions_conflicts_total"}}, false},
	{"backlog", "Purge backlog", "Expired rows that are not removed yet.", plot.Count, "", []line{{"rows", gauge, "sessions_purge_backlog"}}, false},
	{"group", "Group size", "Statements that share one COMMIT, and so one wait for the disk.", plot.Number, "", []line{{"mean", mean, "group_size_statements"}}, false},
	{"fsync", "Time of a group’s COMMIT", "The COMMIT alone: the wait for the disk.", plot.Seconds, "",
		[]line{{"p50", median, "group_commit_duration_seconds"}, {"p95", p95, "group_commit_duration_seconds"}}, false},
	{"wal", "Write-ahead log", "The file beside the database. SQLite empties it by checkpoints and keeps its size.", plot.Bytes, "", []line{{"", gauge, "sqlite_wal_bytes"}}, false},
}

// chosen returns the samples that plots show, by index: the last ten minutes in
// full, until there are more of them, and then the last hour in steps of half a
// minute. The last sample is always among them.
func chosen(samples []sample) (indexes []int, step time.Duration) {
	every := 1
	if len(samples) > plotSteps+1 {
		every = maxSamples / plotSteps
	}
	for i := (len(samples) + every - 1) % every; i < len(samples); i += every {
		indexes = append(indexes, i)
	}
	return indexes, sampleInterval * time.Duration(every)
}

// draw returns the plots of samples, all or those above the list.
func draw(samples []sample, strip bool) (plots []plot.Lines) {
	indexes, step := chosen(samples)
	frame := plot.Lines{Step: step, Steps: steps(len(indexes), step)}
	for _, i := range indexes {
		frame.Times = append(frame.Times, samples[i].at)
	}
	for _, c := range curves {
		if strip && !c.strip || len(samples) > 0 && !samples[len(samples)-1].has(c.lines[0].metric) {
			continue
		}
		l := frame
		l.ID, l.Title, l.Text, l.Unit, l.Per = c.id, c.title, c.text, c.unit, c.per
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

// steps is how many steps the axis of n values has room for: whole minutes of them.
func steps(n int, step time.Duration) int {
	minute := max(int(time.Minute/step), 1)
	return max((n-1+minute-1)/minute*minute, fewestSteps)
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
	Figures []plot.Lines
	Values  plot.Bars
}

// plots answers GET /plots.
func (ins *Inspector) plots(w http.ResponseWriter, r *http.Request) error {
	values, err := ins.cartsByValue(r.Context())
	if err != nil {
		return err
	}
	return ins.Render(w, "plots", plotsPage{ins.page(r, "Plots"), draw(ins.samples.all(), false), values})
}

// valueBins are the upper ends of the ranges of carts by value, in minor units.
var valueBins = []struct {
	below cart.Money
	name  string
}{{1000, "€0–10"}, {2500, "10–25"}, {5000, "25–50"}, {10000, "50–100"}, {20000, "100–200"}, {50000, "200–500"}, {1 << 62, "over 500"}}

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
	carts := 0
	for _, s := range sessions {
		if len(s.Quote.Lines) > 0 && s.Alive() {
			carts++
			b.Bars[valueBin(s.Quote.Subtotal)].Count++
		}
	}
	b.Text = locale.Plural(carts, "cart", "carts") + " in " + locale.Plural(len(rows), "session", "sessions") + ", the newest. In €, at live prices."
	return b, nil
}

func valueBin(value cart.Money) int {
	for i, bin := range valueBins {
		if value < bin.below {
			return i
		}
	}
	return len(valueBins) - 1
}
