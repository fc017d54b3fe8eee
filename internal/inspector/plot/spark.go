package plot

import "strings"

// Spark returns the path of small bars that stands in a row of a table, 3 pixels
// a bar and 17 high. most is the count that is as high as it gets: the same in all
// rows, so that they can be compared.
func Spark(counts []int, most int) string {
	var path strings.Builder
	for i, n := range counts {
		if n > 0 {
			tall := max(17*min(float64(n)/float64(max(most, 1)), 1), 2)
			path.WriteString("M" + px(3*float64(i)+1.5) + " 19V" + px(19-tall))
		}
	}
	return path.String()
}
