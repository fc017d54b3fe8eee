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

// Lines is a plot over the time until now.
type Lines struct {
	ID     string // unique on its page
	Title  string // what is plotted
	Text   string // what it means; not drawn
	Unit   Unit
	Per    string        // of what a value is: "per minute"
	Step   time.Duration // between two values
	Steps  int           // that the axis has room for
	Times  []time.Time   // of the values; only Rows needs them
	Series []Series      // one or two
	Width  int           // default Width
}

// The frame of a plot. What there is to read stands around the lines, never under them.
const (
	Width       = 400 // where none is given
	upper, zero = 20.0, 130.0
	left        = 52.0 // room for the values on the axis
	endRoom     = 5.0  // for the dot at the end of a line
)

// Frame is the width of the whole plot.
func (l Lines) Frame() int { return cmp.Or(l.Width, Width) }

// Left is where the lines begin, at the earliest.
func (l Lines) Left() float64 { return left }

// Right is where the lines end.
func (l Lines) Right() float64 { return float64(l.Frame()) - endRoom }

// Middle is half way there.
func (l Lines) Middle() float64 { return (left + l.Right()) / 2 }

// Tick is a line to read values by.
type Tick struct {
	Y    float64
	Text string
}

// Ticks returns one or two lines to read values by; none where there are only zeros.
func (l Lines) Ticks() (ticks []Tick) {
	if l.most() == 0 {
		return nil
	}
	values, prefix := l.Unit.ticks(l.most())
	for _, v := range values {
		ticks = append(ticks, Tick{height(v, l.top()), prefix.write(v)})
	}
	return ticks
}

// Ago says when the axis begins, or which time is at that part of it.
func (l Lines) Ago(part int) string {
	minutes := (l.Step * time.Duration(l.Steps) / time.Duration(part)).Minutes()
	return Number.Write(minutes) + " min ago"
}

// Curve is a line with its place in the plot.
type Curve struct {
	N    int     // 1 or 2
	Path string  // of the line
	X, Y float64 // where it ends
	Name string  // with the last value
}

// Curves returns the lines that have a value.
func (l Lines) Curves() (curves []Curve) {
	for i, s := range l.Series {
		if v, at := s.last(); at >= 0 {
			name := strings.TrimSpace(l.Unit.Write(v) + " " + s.Name)
			curves = append(curves, Curve{i + 1, l.path(s), l.x(at, s), height(v, l.top()), name})
		}
	}
	return curves
}

// Area is the path around what is below the only line; "" where it has gaps.
func (l Lines) Area() string {
	if len(l.Series) != 1 {
		return ""
	}
	path := l.path(l.Series[0])
	if strings.Count(path, "M") != 1 {
		return ""
	}
	from, _, _ := strings.Cut(path[1:], " ")
	return path + "V" + px(zero) + "H" + from + "Z"
}

// Description is the plot in words.
func (l Lines) Description() string {
	var words []string
	for _, s := range l.Series {
		if v, at := s.last(); at >= 0 {
			words = append(words, l.Unit.Write(v), s.Name, l.Per, "now, at most", l.Unit.Write(s.most())+".")
		}
	}
	return strings.Join(strings.Fields(strings.Join(words, " ")), " ")
}

// last returns the last value that there is and its index; -1 without any.
func (s Series) last() (v float64, i int) {
	for i, v := range slices.Backward(s.Values) {
		if !math.IsNaN(v) {
			return v, i
		}
	}
	return 0, -1
}

func (s Series) most() (most float64) {
	for _, v := range s.Values {
		if v > most { // never of NaN
			most = v
		}
	}
	return most
}

// most is the largest value of all lines.
func (l Lines) most() (most float64) {
	for _, s := range l.Series {
		most = max(most, s.most())
	}
	return most
}

// top is the value at the upper edge.
func (l Lines) top() float64 {
	values, _ := l.Unit.ticks(l.most())
	return values[len(values)-1]
}

// height is where a value stands, if most is at the upper edge.
func height(v, most float64) float64 { return zero - (zero-upper)*min(v/most, 1) }

// x is where the i-th value stands: the last one at the right edge.
func (l Lines) x(i int, s Series) float64 {
	return l.Right() - (l.Right()-left)/float64(max(l.Steps, 1))*float64(len(s.Values)-1-i)
}

// path joins the values of a series, but for gaps, to a line.
func (l Lines) path(s Series) string {
	var b strings.Builder
	top, gap := l.top(), true
	for i, v := range s.Values {
		switch place := px(l.x(i, s)) + " " + px(height(v, top)); {
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

// px writes a coordinate to a tenth of a pixel.
func px(v float64) string { return strings.TrimSuffix(fmt.Sprintf("%.1f", v), ".0") }
