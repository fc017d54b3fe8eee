package plot_test

import (
	"encoding/xml"
	"errors"
	"flag"
	"html/template"
	"io"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"trolley/internal/inspector/plot"
	"trolley/ui"
)

var update = flag.Bool("update", false, "write what is drawn into testdata")

var nan = math.NaN()

// draw executes a template of plot.html.
func draw(t *testing.T, name string, data any) string {
	t.Helper()
	templates, err := template.ParseFS(ui.Files, "html/partials/plot.html")
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := templates.ExecuteTemplate(&b, name, data); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// spark is what draws a sparkline.
type spark struct{ Spark, SparkLabel string }

// drawings are one of each kind.
func drawings(t *testing.T) map[string]string {
	lines := plot.Lines{ID: "x", Title: "Adds & orders", Unit: plot.Number, Per: "per minute", Step: 30 * time.Second, Steps: 4}
	two, gap, none, narrow, near := lines, lines, lines, lines, lines
	two.Series = []plot.Series{{"adds", []float64{0, 4, 12.5, 9, 12}}, {"orders", []float64{0, 1, 0, 2, 1}}}
	gap.Unit, gap.Per, gap.Series = plot.Seconds, "", []plot.Series{{"p50", []float64{.001, nan, .002, .0015, nan}}}
	none.Unit, none.Series = plot.Number, []plot.Series{{"rows", nil}, {"", []float64{nan, nan}}}
	narrow.Unit, narrow.Per, narrow.Width, narrow.Series = plot.Bytes, "", 280, []plot.Series{{"", []float64{4 << 20, 5 << 20}}}
	near.Series = []plot.Series{{"a", []float64{5}}, {"b", []float64{5}}}
	bars := plot.Bars{ID: "v", Title: "Carts by value", Text: "3 carts.", Bars: []plot.Bar{{"€0–10", 2}, {"10–25", 0}, {"over 25", 12000}}}
	return map[string]string{
		"two.svg": draw(t, "lines", two), "gap.svg": draw(t, "lines", gap), "none.svg": draw(t, "lines", none), "narrow.svg": draw(t, "lines", narrow),
		"close.svg": draw(t, "lines", near), "bars.svg": draw(t, "bars", bars),
		"spark.svg": draw(t, "spark", spark{plot.Spark([]int{0, 1, 0, 7, 3}, 7), "11 changes"}),
		"flat.svg":  draw(t, "spark", spark{plot.Spark(make([]int, 5), 0), "0 changes"}),
	}
}

func TestDrawingsAreAsTheyWere(t *testing.T) {
	t.Parallel()
	for name, got := range drawings(t) {
		file := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(file, []byte(got+"\n"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got+"\n"); diff != "" {
			t.Errorf("%s: -want +got (-update keeps it):\n%s", name, diff)
		}
	}
}

// What there is to read stands outside of the lines: left of them, above or below.
func TestLabelsStandOutsideThePlot(t *testing.T) {
	t.Parallel()
	label := regexp.MustCompile(`<text class="plot-tick" x="([0-9.]+)" y="([0-9.]+)"([^>]*)>`)
	for _, width := range []int{280, 400} {
		l := plot.Lines{ID: "x", Unit: plot.Number, Step: time.Minute, Steps: 3, Width: width, Series: []plot.Series{{"a", []float64{1200, 0, 1200, 7}}}}
		svg := draw(t, "lines", l)
		path := regexp.MustCompile(`class="plot-line plot-1" d="M([0-9.]+) `).FindStringSubmatch(svg)
		labels := label.FindAllStringSubmatch(svg, -1)
		if path == nil || len(labels) < 5 {
			t.Fatalf("%d labels, and a line from %q:\n%s", len(labels), path, svg)
		}
		for _, found := range labels {
			x, y := number(t, found[1]), number(t, found[2])
			endsLeft := x <= number(t, path[1]) && strings.Contains(found[3], `dx="-8"`) && strings.Contains(found[3], `text-anchor="end"`)
			if !endsLeft && y < 145 {
				t.Errorf("%d wide: a label at %v, %v, where the line goes from %s on", width, x, y, path[1])
			}
		}
		if _, inside, ok := strings.Cut(svg, "<svg"); !ok || strings.Contains(inside, "plot-name") {
			t.Errorf("%d wide: the name of a line stands in the plot", width)
		}
	}
}

func number(t *testing.T, text string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// A page's Content-Security-Policy stops styles and scripts that are inline, and
// a theme could not change colours that are written into a drawing.
func TestDrawingsCarryNoStyle(t *testing.T) {
	t.Parallel()
	hostile := `"><script>alert(1)</script><!--`
	all := drawings(t)
	all["hostile"] = draw(t, "lines", plot.Lines{ID: hostile, Title: hostile, Per: hostile, Unit: plot.Number, Steps: 1, Series: []plot.Series{{hostile, []float64{1}}}})
	all["hostile bars"] = draw(t, "bars", plot.Bars{ID: hostile, Title: hostile, Text: hostile, Bars: []plot.Bar{{hostile, 1}}})
	all["hostile spark"] = draw(t, "spark", spark{plot.Spark([]int{1}, 1), hostile})
	for name, svg := range all {
		d := xml.NewDecoder(strings.NewReader("<div>" + svg + "</div>"))
		for {
			token, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s is not well-formed: %v", name, err)
			}
			if element, ok := token.(xml.StartElement); ok {
				checkPlain(t, name, element)
			}
		}
	}
}

func checkPlain(t *testing.T, name string, e xml.StartElement) {
	t.Helper()
	if !strings.Contains(" div p span svg title desc path text circle ", " "+e.Name.Local+" ") {
		t.Errorf("%s: an element %s", name, e.Name.Local)
	}
	for _, a := range e.Attr {
		if strings.Contains(" style fill stroke color ", " "+a.Name.Local+" ") || strings.HasPrefix(a.Name.Local, "on") {
			t.Errorf("%s: <%s %s=%q>", name, e.Name.Local, a.Name.Local, a.Value)
		}
	}
}
