package plot

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// Series is a line of a plot over time.
type Series struct {
	Name   string
	Values []float64 // one a step, the last of now; NaN where there is none
}

// Last returns the last value that there is; NaN without any.
func (s Series) Last() float64 {
	for _, v := range slices.Backward(s.Values) {
		if !math.IsNaN(v) {
			return v
		}
	}
	return math.NaN()
}

// Lines is a plot over the time until now.
type Lines struct {
	ID          string // unique on its page
	Title       string // for screen readers: what is plotted
	Description string // for screen readers: what it shows
	Unit        Unit
	Per         string        // after the topmost value on the axis: "per minute"
	Step        time.Duration // between two values
	Steps       int           // that the axis has room for
	Series      []Series      // one or two
	Width       int           // pixels; default DefaultWidth
}

// DefaultWidth is the width of a plot, in pixels, where none is given.
const DefaultWidth = 400

// The frame of a plot, in pixels.
const (
	plotHeight               = 160
	top, zero                = 22.0, 130.0
	timesBase                = 150.0 // the baseline of the times
	nameRoom                 = 100.0 // to the right of the lines
	labelAbove, labelMiddle  = -5.0, 4.5
	labelHeight, labelIndent = 17.0, 9.0
	roomForThree             = 240.0 // times below the zero line
)

func (l Lines) width() int { return cmp.Or(l.Width, DefaultWidth) }

// right is where the lines end.
func (l Lines) right() float64 { return float64(l.width()) - nameRoom }

// SVG draws the plot.
func (l Lines) SVG() string {
	var d drawing
	d.begin(l.ID, l.width(), plotHeight, l.Title, l.Description)
	ticks := l.Unit.ticks(l.most())
	most := ticks[len(ticks)-1]
	if len(l.Series) == 1 {
		l.drawArea(&d, l.Series[0], most)
	}
	l.drawValueAxis(&d, ticks, most)
	l.drawTimeAxis(&d)
	for i, s := range l.Series {
		l.drawLine(&d, i+1, s, most)
	}
	l.drawNames(&d, most)
	return d.end()
}

func (l Lines) most() (most float64) {
	for _, s := range l.Series {
		for _, v := range s.Values {
			if v > most { // never of NaN
				most = v
			}
		}
	}
	return most
}

func (l Lines) drawValueAxis(d *drawing, ticks []float64, most float64) {
	for i, tick := range ticks {
		y, label := height(tick, most), l.Unit.Write(tick)
		if i == len(ticks)-1 && l.Per != "" {
			label += " " + l.Per
		}
		d.across("plot-grid", 0, l.right(), y)
		d.text("plot-tick", 0, y+labelAbove, "start", label)
	}
}

func (l Lines) drawTimeAxis(d *drawing) {
	right, span := l.right(), l.Step*time.Duration(l.Steps)
	d.across("plot-zero", 0, right, zero)
	d.text("plot-tick", 0, timesBase, "start", ago(span))
	if right > roomForThree {
		d.text("plot-tick", right/2, timesBase, "middle", ago(span/2))
	}
	d.text("plot-tick", right, timesBase, "end", "now")
}

func ago(d time.Duration) string {
	if d < time.Minute {
		return fmt.Sprintf("%.0f s ago", d.Seconds())
	}
	return short(d.Minutes()) + " min ago"
}

// height is where a value stands, if most is at the top.
func height(v, most float64) float64 { return zero - (zero-top)*min(v/most, 1) }

// at is where the i-th of n values stands: the last one at the right edge.
func (l Lines) at(i, n int) float64 {
	return l.right() - l.right()/float64(max(l.Steps, 1))*float64(n-1-i)
}

// path joins the values of a series, but for gaps, to a line.
func (l Lines) path(s Series, most float64) string {
	var b strings.Builder
	gap := true
	for i, v := range s.Values {
		switch place := px(l.at(i, len(s.Values))) + " " + px(height(v, most)); {
		case math.IsNaN(v):
		case gap: // h0 makes a dot of a value that stands alone
			b.WriteString("M" + place + "h0")
		default:
			b.WriteString("L" + place)
		}
		gap = math.IsNaN(v)
	}
	return b.String()
}

// drawArea fills what is below the only line, where it has no gaps.
func (l Lines) drawArea(d *drawing, s Series, most float64) {
	path := l.path(s, most)
	if strings.Count(path, "M") != 1 {
		return
	}
	from, _, _ := strings.Cut(path[1:], " ")
	d.addf("<path class=\"plot-area\" d=\"%sV%sH%sZ\"/>\n", path, px(zero), from)
}

func (l Lines) drawLine(d *drawing, n int, s Series, most float64) {
	for i, v := range slices.Backward(s.Values) {
		if !math.IsNaN(v) {
			d.addf("<path class=\"plot-line plot-%d\" d=\"%s\"/>\n", n, l.path(s, most))
			d.addf("<circle class=\"plot-end plot-%d\" cx=\"%s\" cy=\"%s\" r=\"3\"/>\n", n, px(l.at(i, len(s.Values))), px(height(v, most)))
			return
		}
	}
}

// drawNames writes the name and the last value of each line where it ends, or as
// near as the other one lets it.
func (l Lines) drawNames(d *drawing, most float64) {
	type label struct {
		n    int
		y    float64
		text string
	}
	var labels []label
	for i, s := range l.Series {
		if last := s.Last(); !math.IsNaN(last) {
			labels = append(labels, label{i + 1, height(last, most), l.Unit.Write(last) + " " + s.Name})
		}
	}
	slices.SortStableFunc(labels, func(a, b label) int { return int(a.y - b.y) })
	if len(labels) == 2 && labels[1].y-labels[0].y < labelHeight {
		middle := min((labels[0].y+labels[1].y)/2, zero-labelHeight/2)
		labels[0].y, labels[1].y = middle-labelHeight/2, middle+labelHeight/2
	}
	for _, at := range labels {
		d.text(fmt.Sprintf("plot-name plot-%d", at.n), l.right()+labelIndent, at.y+labelMiddle, "start", at.text)
	}
}
