package plot

import (
	"fmt"
	"html"
	"strings"
)

// drawing is an SVG document in the making.
type drawing struct{ strings.Builder }

// begin opens a plot that screen readers announce by its title and description.
func (d *drawing) begin(id string, width, height int, title, description string) {
	id = escaped(id)
	d.addf(`<svg class="plot" viewBox="0 0 %d %d" role="img" aria-labelledby="%s-title %s-desc">`, width, height, id, id)
	d.addf("\n<title id=\"%s-title\">%s</title>\n<desc id=\"%s-desc\">%s</desc>\n", id, escaped(title), id, escaped(description))
}

func (d *drawing) end() string {
	d.WriteString("</svg>")
	return d.String()
}

func (d *drawing) addf(format string, args ...any) { fmt.Fprintf(d, format, args...) }

// text writes at (x, y); anchor is start, middle or end.
func (d *drawing) text(class string, x, y float64, anchor, text string) {
	d.addf("<text class=\"%s\" x=\"%s\" y=\"%s\" text-anchor=\"%s\">%s</text>\n", class, px(x), px(y), anchor, escaped(text))
}

// across draws a level line.
func (d *drawing) across(class string, from, to, y float64) {
	d.addf("<path class=\"%s\" d=\"M%s %sH%s\"/>\n", class, px(from), px(y), px(to))
}

// px writes a coordinate to a tenth of a pixel.
func px(v float64) string {
	s := fmt.Sprintf("%.1f", v)
	return strings.TrimSuffix(s, ".0")
}

func escaped(text string) string { return html.EscapeString(text) }
