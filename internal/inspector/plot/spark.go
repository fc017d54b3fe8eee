package plot

import (
	"fmt"
	"strings"
)

// The frame of a sparkline, in pixels.
const (
	sparkStep                         = 3
	sparkTop, sparkZero, sparkOverall = 2.0, 19.0, 20
)

// Spark draws counts as a line of small bars, which stands in a row of a table.
// most is the count that is as high as it gets: the same in all rows, so that
// they can be compared. label is for screen readers.
func Spark(counts []int, most int, label string) string {
	var d drawing
	width := sparkStep * len(counts)
	d.addf(`<svg class="spark" viewBox="0 0 %d %d" width="%d" height="%d" role="img">`, width, sparkOverall, width, sparkOverall)
	d.addf("<title>%s</title>", escaped(label))
	d.addf(`<path class="plot-zero" d="M0 %sH%d"/>`, px(sparkZero+.5), width)
	var bars strings.Builder
	for i, n := range counts {
		if n > 0 {
			tall := max((sparkZero-sparkTop)*min(float64(n)/float64(max(most, 1)), 1), 2)
			fmt.Fprintf(&bars, "M%s %sV%s", px(float64(i*sparkStep)+sparkStep/2.), px(sparkZero), px(sparkZero-tall))
		}
	}
	if bars.Len() > 0 {
		d.addf(`<path class="spark-bar" d="%s"/>`, bars.String())
	}
	return d.end()
}
