package plot

import (
	"cmp"
	"math"

	"trolley/internal/locale"
)

// maxRows is how many rows a table has at most.
const maxRows = 12

// Head returns the names of the columns of Rows.
func (l Lines) Head() []string {
	head := []string{"Time (UTC)"}
	for _, s := range l.Series {
		head = append(head, cmp.Or(s.Name, l.Title))
	}
	return head
}

// Rows returns some of the values as a table, the last of them in any case.
func (l Lines) Rows() (rows [][]string) {
	every := max((len(l.Times)+maxRows-1)/maxRows, 1)
	for n := (len(l.Times) + every - 1) % every; n < len(l.Times); n += every {
		row := []string{locale.Clock(l.Times[n])}
		for _, s := range l.Series {
			text := "none"
			if !math.IsNaN(s.Values[n]) {
				text = l.Unit.Write(s.Values[n])
			}
			row = append(row, text)
		}
		rows = append(rows, row)
	}
	return rows
}
