// Package plot draws small plots as SVG that stands inside an HTML page: data
// in, text out. A plot has few strokes: its values, a zero line, at most two
// lines to read them by. The names of its lines stand where the lines end,
// instead of in a legend.
//
// There are no colours, fonts or style attributes in it: the page's style sheet
// decides, by class, so that a strict Content-Security-Policy lets it pass and
// it follows a light or dark theme.
//
//	plot        the svg element
//	plot-line   a line of values; plot-1 is the first series, plot-2 the second
//	plot-area   the area under the only line
//	plot-end    the dot at a line's last value
//	plot-bar    a bar
//	plot-zero   the zero line
//	plot-grid   a line to read values by
//	plot-tick   what a line or a place on an axis stands for
//	plot-name   the name of a line and its last value, or the value of a bar
//	spark       the svg element of a sparkline
//	spark-bar   its bars, as strokes
package plot
