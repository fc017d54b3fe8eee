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
	l.drawArea(&d, most)
	l.drawAxes(&d, ticks, most)
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

func (l Lines) drawAxes(d *drawing, ticks []float64, most float64) {
	right := l.right()
	for i, tick := range ticks {
		y, label := height(tick, most), l.Unit.Write(tick)
		if i == len(ticks)-1 && l.Per != "" {
			label += " " + l.Per
		}
		d.across("plot-grid", 0, right, y)
		d.text("plot-tick", 0, y+labelAbove, "start", label)
	}
	d.across("plot-zero", 0, right, zero)
	span := l.Step * time.Duration(l.Steps)
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

// point is a value in its place.
type point struct {
	x, y   float64
	joined bool // with the one before
}

// points returns the places of the values, the last of them at the right edge.
func (l Lines) points(s Series, most float64) (points []point) {
	step := l.right() / float64(max(l.Steps, 1))
	for i, v := range s.Values {
		if math.IsNaN(v) {
			continue
		}
		x := l.right() - step*float64(len(s.Values)-1-i)
		joined := i > 0 && !math.IsNaN(s.Values[i-1])
		points = append(points, point{x, height(v, most), joined})
	}
	return points
}

// path joins points to a line.
func path(points []point) string {
	var b strings.Builder
	for _, p := range points {
		if p.joined {
			b.WriteString("L" + px(p.x) + " " + px(p.y))
		} else { // h0 makes a dot of a value that stands alone
			b.WriteString("M" + px(p.x) + " " + px(p.y) + "h0")
		}
	}
	return b.String()
}

// drawArea fills what is below the only line, where it has no gaps.
func (l Lines) drawArea(d *drawing, most float64) {
	if len(l.Series) != 1 {
		return
	}
	points := l.points(l.Series[0], most)
	if line := path(points); strings.Count(line, "M") == 1 {
		d.addf("<path class=\"plot-area\" d=\"%sV%sH%sZ\"/>\n", line, px(zero), px(points[0].x))
	}
}

func (l Lines) drawLine(d *drawing, n int, s Series, most float64) {
	points := l.points(s, most)
	if len(points) == 0 {
		return
	}
	last := points[len(points)-1]
	d.addf("<path class=\"plot-line plot-%d\" d=\"%s\"/>\n", n, path(points))
	d.addf("<circle class=\"plot-end plot-%d\" cx=\"%s\" cy=\"%s\" r=\"3\"/>\n", n, px(last.x), px(last.y))
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
