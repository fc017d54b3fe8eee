package inspector

import (
	"cmp"
	"html/template"
	"math"
	"strings"
	"time"

	"trolley/groupcommit"
	"trolley/internal/locale"
	"trolley/internal/inspector/plot"
	"trolley/internal/inspector/recent"
	"trolley/session"
)

// rateWindow is over how many samples a rate is taken: a minute.
const rateWindow = int(time.Minute / sampleInterval)

// plotSteps is how many steps in time a plot has.
const plotSteps = 120

// fewestSteps is what a plot has room for when the process has just started.
const fewestSteps = plotSteps / 5

// history is what the samples tell: the last ten minutes in full, until there
// are more of them, and then the last hour in steps of half a minute.
type history struct {
	all   []sample
	shown []int // of all
	step  time.Duration
}

func newHistory(all []sample) history {
	every := 1
	if len(all) > plotSteps+1 {
		every = maxSamples / plotSteps
	}
	h := history{all: all, step: sampleInterval * time.Duration(every)}
	for i := (len(all) + every - 1) % every; i < len(all); i += every {
		h.shown = append(h.shown, i) // the last one in any case
	}
	return h
}

// steps is how many steps the axis has room for: whole minutes of them.
func (h history) steps() int {
	minute := max(int(time.Minute/h.step), 1)
	minutes := (len(h.shown) - 1 + minute - 1) / minute
	return max(minutes*minute, fewestSteps)
}

// line is a line of a plot.
type line struct {
	name   string
	values []float64
}

func (h history) each(value func(i int) float64) []float64 {
	values := make([]float64, len(h.shown))
	for n, i := range h.shown {
		values[n] = value(i)
	}
	return values
}

// gauge returns a value that goes up and down.
func (h history) gauge(value func(sample) float64) []float64 {
	return h.each(func(i int) float64 { return value(h.all[i]) })
}

// before returns the sample of a minute before the i-th, or the first one.
func (h history) before(i int) sample { return h.all[max(i-rateWindow, 0)] }

// perMinute returns by how much a total grew within a minute.
func (h history) perMinute(total func(sample) float64) []float64 {
	return h.each(func(i int) float64 {
		from, to := h.before(i), h.all[i]
		return (total(to) - total(from)) / to.at.Sub(from.at).Minutes() // of the first sample: 0/0, which is NaN
	})
}

func (h history) sessionRate(name string, total func(session.Stats) int64) line {
	return line{name, h.perMinute(func(s sample) float64 { return float64(total(s.sessions)) })}
}

// quantiles returns how long half, and 95 of 100, took at most within a minute.
func (h history) quantiles(counts func(sample) recent.Counts) []line {
	share := func(q float64) []float64 {
		return h.each(func(i int) float64 {
			if v, ok := counts(h.all[i]).Since(counts(h.before(i))).Quantile(q); ok {
				return v
			}
			return math.NaN()
		})
	}
	return []line{{"p50", share(.5)}, {"p95", share(.95)}}
}

func (s sample) group() groupcommit.Stats {
	if s.groups == nil {
		return groupcommit.Stats{}
	}
	return *s.groups
}

// ratio returns by how much one total grew for each one of another, within a minute.
func (h history) ratio(of func(groupcommit.Stats) (a, b float64)) []float64 {
	return h.each(func(i int) float64 {
		a1, b1 := of(h.before(i).group())
		a2, b2 := of(h.all[i].group())
		return (a2 - a1) / (b2 - b1) // NaN where there was none
	})
}

// curve is what a plot over time shows.
type curve struct {
	id, heading, text string
	per               string // after the topmost value on the axis
	unit              plot.Unit
	lines             []line
}

// draw draws a curve, so many pixels wide.
func (h history) draw(c curve, width int) figure {
	p := plot.Lines{ID: "plot-" + c.id, Title: c.heading, Unit: c.unit, Per: c.per, Step: h.step, Steps: h.steps(), Width: width}
	f := figure{ID: c.id, Heading: c.heading, Text: c.text, Head: []string{"Time (UTC)"}}
	for _, l := range c.lines {
		p.Series = append(p.Series, plot.Series{Name: l.name, Values: l.values})
		f.Head = append(f.Head, cmp.Or(l.name, c.heading))
		p.Description = strings.TrimSpace(p.Description + " " + summary(c.unit, c.per, l))
	}
	f.SVG, f.Rows = template.HTML(p.SVG()), h.table(c.unit, c.lines)
	return f
}

// summary is a line in words.
func summary(unit plot.Unit, per string, l line) string {
	last, most := plot.Series{Values: l.values}.Last(), 0.0
	if math.IsNaN(last) {
		return ""
	}
	for _, v := range l.values {
		if v > most {
			most = v
		}
	}
	now := strings.Join(strings.Fields(unit.Write(last)+" "+l.name+" "+per), " ")
	return now + " now, at most " + unit.Write(most) + "."
}

// tableRows is how many rows a table has at most.
const tableRows = 12

func (h history) table(unit plot.Unit, lines []line) (rows [][]string) {
	every := max((len(h.shown)+tableRows-1)/tableRows, 1)
	for n := (len(h.shown) + every - 1) % every; n < len(h.shown); n += every {
		row := []string{locale.Clock(h.all[h.shown[n]].at)}
		for _, l := range lines {
			text := "none"
			if !math.IsNaN(l.values[n]) {
				text = unit.Write(l.values[n])
			}
			row = append(row, text)
		}
		rows = append(rows, row)
	}
	return rows
}
