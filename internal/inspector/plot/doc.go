// Package plot computes small plots that the templates of ui/html/partials/plot.html
// draw as SVG: "lines", "bars" and "spark". A plot has few strokes: its values, a
// zero line, at most two lines to read them by. The names of its lines stand where
// the lines end, instead of in a legend.
//
// Lengths are pixels; y grows downwards. Colours and fonts are the style sheet's,
// by class, so that a strict Content-Security-Policy lets a plot pass and it follows
// a light or dark theme.
package plot
