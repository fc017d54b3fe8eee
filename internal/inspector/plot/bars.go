package plot

import "trolley/internal/locale"

// Bar is a bar of a histogram.
type Bar struct {
	Name  string // of the range that it counts
	Count int
}

// Bars is a histogram.
type Bars struct {
	ID    string // unique on its page
	Title string // what is plotted
	Text  string // what it shows
	Head  []string
	Bars  []Bar
}

// Column is a bar with its place in the plot.
type Column struct {
	Bar
	Left, Middle, Width, Y float64
	Label                  string // the count
}

// Columns returns the bars as they are drawn.
func (b Bars) Columns() (columns []Column) {
	most := 1
	for _, bar := range b.Bars {
		most = max(most, bar.Count)
	}
	room := float64(Width) / float64(max(len(b.Bars), 1))
	for i, bar := range b.Bars {
		left := room * float64(i)
		y := height(float64(bar.Count), float64(most))
		columns = append(columns, Column{bar, left + room*.12, left + room*.5, room * .76, y, Number.Write(float64(bar.Count))})
	}
	return columns
}

// Rows returns the numbers as a table.
func (b Bars) Rows() (rows [][]string) {
	for _, bar := range b.Bars {
		rows = append(rows, []string{bar.Name, locale.Number(bar.Count)})
	}
	return rows
}
