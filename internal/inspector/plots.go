package inspector

import (
	"context"
	"html/template"
	"net/http"
	"slices"
	"time"

	"trolley/groupcommit"
	"trolley/internal/cart"
	"trolley/internal/locale"
	"trolley/internal/inspector/plot"
	"trolley/internal/inspector/recent"
	"trolley/internal/store"
	"trolley/internal/web"
	"trolley/session"
)

// plotsPage is the data of ui/html/pages/plots.html.
type plotsPage struct {
	web.Page
	office
	Figures []figure
}

// figure is a plot, with the same as a table.
type figure struct {
	ID, Heading, Text string
	SVG               template.HTML
	Head              []string
	Rows              [][]string
}

// plots answers GET /plots.
func (ins *Inspector) plots(w http.ResponseWriter, r *http.Request) error {
	values, err := ins.cartsByValue(r.Context())
	if err != nil {
		return err
	}
	p := plotsPage{Page: ins.Bare(r), office: ins.office()}
	h := newHistory(ins.samples.All())
	for _, c := range ins.curves(h) {
		p.Figures = append(p.Figures, h.draw(c, plot.DefaultWidth))
	}
	p.Figures = slices.Insert(p.Figures, min(3, len(p.Figures)), values)
	p.Title, p.NoIndex = "Plots", true
	w.Header().Set("Cache-Control", "no-store")
	return ins.Render(w, "plots", p)
}

// curves are what there is to plot over time.
func (ins *Inspector) curves(h history) []curve {
	curves := []curve{
		{"alive", "Sessions alive", "Counted in the table.", "", plot.Count,
			[]line{{"alive", h.gauge(func(s sample) float64 { return float64(s.counted.Alive) })}}},
		{"lives", "Begun and expired", "Sessions that got a row, and expired rows that the purge removed.", "per minute", plot.Number, []line{
			h.sessionRate("begun", func(s session.Stats) int64 { return s.Created }),
			h.sessionRate("expired", func(s session.Stats) int64 { return s.Expired })}},
		{"sales", "Adds and orders", "Times that something went into a cart, and orders placed.", "per minute", plot.Number, []line{
			{"adds", h.perMinute(func(s sample) float64 { return float64(s.adds) })},
			{"orders", h.perMinute(func(s sample) float64 { return float64(s.orders) })}}},
		{"commits", "Commits", "Rows written with new data.", "per minute", plot.Number, []line{
			h.sessionRate("commits", func(s session.Stats) int64 { return s.Commits })}},
		{"latency", "Time of a commit", "To write a session’s row, the wait for it included: half of them took at most p50, 95 of 100 at most p95.", "", plot.Seconds,
			h.quantiles(func(s sample) recent.Counts { return s.commits })},
		{"conflicts", "Conflicts", "Handlers that ran again because another request was first.", "per minute", plot.Number, []line{
			h.sessionRate("re-runs", func(s session.Stats) int64 { return s.Conflicts })}},
	}
	backlog := curve{"backlog", "Purge backlog", "Expired rows that are not removed yet.", "", plot.Count,
		[]line{{"rows", h.gauge(func(s sample) float64 { return float64(s.counted.Expired) })}}}
	return append(append(curves, backlog), ins.engineCurves(h)...)
}

// engineCurves are what only some databases have.
func (ins *Inspector) engineCurves(h history) (curves []curve) {
	if _, ok := ins.store.Groups(); ok {
		size := h.ratio(func(s groupcommit.Stats) (float64, float64) { return float64(s.Statements), float64(s.Groups) })
		times := func(s sample) recent.Counts { return s.groupTimes }
		curves = append(curves,
			curve{"group", "Group size", "Statements that share one COMMIT, and so one wait for the disk.", "", plot.Number, []line{{"mean", size}}},
			curve{"fsync", "Time of a group’s COMMIT", "The COMMIT alone: the wait for the disk.", "", plot.Seconds, h.quantiles(times)})
	}
	if _, ok := ins.store.WALBytes(); ok {
		curves = append(curves, curve{"wal", "Write-ahead log", "The file beside the database. SQLite empties it by checkpoints and keeps its size.", "", plot.Bytes,
			[]line{{"", h.gauge(func(s sample) float64 { return s.wal })}}})
	}
	return curves
}

// valueBins are the upper ends of the ranges of carts by value, in minor units.
var valueBins = []struct {
	below cart.Money
	name  string
}{{1000, "€0–10"}, {2500, "10–25"}, {5000, "25–50"}, {10000, "50–100"}, {20000, "100–200"}, {50000, "200–500"}, {1 << 62, "over 500"}}

// cartsByValue returns the carts of the newest sessions, by what they are worth now.
func (ins *Inspector) cartsByValue(ctx context.Context) (figure, error) {
	rows, err := ins.store.NewestSessions(ctx, store.SessionStretch{Limit: maxScanned})
	if err != nil {
		return figure{}, err
	}
	sessions, err := ins.inspectRows(ctx, rows)
	if err != nil {
		return figure{}, err
	}
	bars := make([]plot.Bar, len(valueBins))
	for i, bin := range valueBins {
		bars[i].Name = bin.name
	}
	carts := 0
	for _, s := range sessions {
		if len(s.quote.Lines) > 0 && s.alive() {
			carts++
			bars[valueBin(s.quote.Subtotal)].Count++
		}
	}
	f := figure{ID: "values", Heading: "Carts by value", Head: []string{"Value, in €", "Carts"},
		Text: locale.Plural(carts, "cart", "carts") + " in " + locale.Plural(len(rows), "session", "sessions") + ", the newest. In €, at live prices."}
	for _, bar := range bars {
		f.Rows = append(f.Rows, []string{bar.Name, locale.Number(bar.Count)})
	}
	f.SVG = template.HTML(plot.Bars{ID: "plot-values", Title: f.Heading, Description: f.Text, Bars: bars}.SVG())
	return f, nil
}

func valueBin(value cart.Money) int {
	for i, bin := range valueBins {
		if value < bin.below {
			return i
		}
	}
	return len(valueBins) - 1
}

// office is what every page of the back office shows around its content.
type office struct {
	Now, Started time.Time
	Counted      counted
}

func (ins *Inspector) office() office {
	return office{time.Now(), ins.Started, ins.counted()}
}
