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
	Per    string        // after the topmost value on the axis: "per minute"
	Step   time.Duration // between two values
	Steps  int           // that the axis has room for
	Times  []time.Time   // of the values; only Rows needs them
	Series []Series      // one or two
	Width  int           // default Width
}

// The frame of a plot.
const (
	Width       = 400 // where none is given
	upper, zero = 22.0, 130.0
	nameRoom    = 100.0 // to the right of the lines
	labelHeight = 17.0
)

// Frame is the width of the whole plot.
func (l Lines) Frame() int { return cmp.Or(l.Width, Width) }

// Right is where the lines end.
func (l Lines) Right() float64 { return float64(l.Frame()) - nameRoom }

// Middle is half way there.
func (l Lines) Middle() float64 { return l.Right() / 2 }

// Tick is a line to read values by.
type Tick struct {
	Y    float64
	Text string
}

// Ticks returns one or two lines to read values by.
func (l Lines) Ticks() (ticks []Tick) {
	for _, v := range l.ticks() {
		ticks = append(ticks, Tick{height(v, l.top()), l.Unit.Write(v)})
	}
	last := &ticks[len(ticks)-1]
	last.Text = strings.TrimSpace(last.Text + " " + l.Per)
	return ticks
}

// Ago says when the axis begins, or which time is at that part of it.
func (l Lines) Ago(part int) string {
	d := l.Step * time.Duration(l.Steps) / time.Duration(part)
	if d < time.Minute {
		return fmt.Sprintf("%.0f s ago", d.Seconds())
	}
	return short(d.Minutes()) + " min ago"
}

// Curve is a line as it is drawn.
type Curve struct {
	N     int     // 1 or 2
	Path  string  // of the line
	X, Y  float64 // where it ends
	Name  string  // with the last value
	NameY float64
}

// Curves returns the lines that have a value.
func (l Lines) Curves() (curves []Curve) {
	for i, s := range l.Series {
		if v, at := s.last(); at >= 0 {
			y := height(v, l.top())
			curves = append(curves, Curve{i + 1, l.path(s), l.x(at, s), y, l.Unit.Write(v) + " " + s.Name, y})
		}
	}
	if len(curves) == 2 {
		a, b := &curves[0], &curves[1]
		if a.Y > b.Y {
			a, b = b, a
		}
		if b.Y-a.Y < labelHeight { // as near as they can be read
			middle := min((a.Y+b.Y)/2, zero-labelHeight/2)
			a.NameY, b.NameY = middle-labelHeight/2, middle+labelHeight/2
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

// ticks are the values to read by.
func (l Lines) ticks() []float64 {
	most := 0.0
	for _, s := range l.Series {
		most = max(most, s.most())
	}
	return l.Unit.ticks(most)
}

// top is the value at the upper edge.
func (l Lines) top() float64 { return slices.Max(l.ticks()) }

// height is where a value stands, if most is at the upper edge.
func height(v, most float64) float64 { return zero - (zero-upper)*min(v/most, 1) }

// x is where the i-th value stands: the last one at the right edge.
func (l Lines) x(i int, s Series) float64 {
	return l.Right() - l.Right()/float64(max(l.Steps, 1))*float64(len(s.Values)-1-i)
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
