package plot

import (
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write what is drawn into testdata")

var nan = math.NaN()

// drawings are one of each kind.
func drawings() map[string]string {
	lines := Lines{ID: "x", Title: "Adds & orders", Description: "12 adds now.", Unit: Number, Per: "per minute", Step: 30 * time.Second, Steps: 4}
	two, gap, none, narrow, close := lines, lines, lines, lines, lines
	two.Series = []Series{{"adds", []float64{0, 4, 12.5, 9, 12}}, {"orders", []float64{0, 1, 0, 2, 1}}}
	gap.Unit, gap.Per, gap.Series = Seconds, "", []Series{{"p50", []float64{.001, nan, .002, .0015, nan}}}
	none.Unit, none.Series = Count, []Series{{"rows", nil}, {"", []float64{nan, nan}}}
	narrow.Unit, narrow.Per, narrow.Width, narrow.Series = Bytes, "", 280, []Series{{"", []float64{4 << 20, 5 << 20}}}
	close.Series = []Series{{"a", []float64{5}}, {"b", []float64{5}}}
	return map[string]string{
		"two.svg": two.SVG(), "gap.svg": gap.SVG(), "none.svg": none.SVG(), "narrow.svg": narrow.SVG(), "close.svg": close.SVG(),
		"bars.svg":  Bars{ID: "v", Title: "Carts by value", Description: "3 carts.", Bars: []Bar{{"€0–10", 2}, {"10–25", 0}, {"over 25", 12000}}}.SVG(),
		"spark.svg": Spark([]int{0, 1, 0, 7, 3}, 7, "11 changes"), "flat.svg": Spark(make([]int, 5), 0, "0 changes"),
	}
}

func TestDrawingsAreAsTheyWere(t *testing.T) {
	t.Parallel()
	for name, got := range drawings() {
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

// A page's Content-Security-Policy stops styles and scripts that are inline, and
// a theme could not change colours that are written into a drawing.
func TestDrawingsCarryNoStyle(t *testing.T) {
	t.Parallel()
	hostile := `"><script>alert(1)</script><!--`
	all := drawings()
	all["hostile"] = Lines{ID: hostile, Title: hostile, Description: hostile, Per: hostile, Unit: Count, Steps: 1, Series: []Series{{hostile, []float64{1}}}}.SVG()
	all["hostile bars"] = Bars{ID: hostile, Title: hostile, Description: hostile, Bars: []Bar{{hostile, 1}}}.SVG()
	all["hostile spark"] = Spark([]int{1}, 1, hostile)
	for name, svg := range all {
		d := xml.NewDecoder(strings.NewReader(svg))
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
	if !strings.Contains(" svg title desc path text circle ", " "+e.Name.Local+" ") {
		t.Errorf("%s: an element %s", name, e.Name.Local)
	}
	for _, a := range e.Attr {
		if strings.Contains(" style fill stroke color ", " "+a.Name.Local+" ") || strings.HasPrefix(a.Name.Local, "on") {
			t.Errorf("%s: <%s %s=%q>", name, e.Name.Local, a.Name.Local, a.Value)
		}
	}
}

func TestUnits(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		unit Unit
		v    float64
		want string
	}{
		{Count, 0, "0"}, {Count, 950, "950"}, {Count, 9999, "9,999"}, {Count, 12345, "12.3 k"}, {Count, 1e6, "1 M"}, {Number, 0.25, "0.2"}, {Number, 33.6, "33.6"},
		{Bytes, 1023, "1,023 B"}, {Bytes, 1536, "1.5 KiB"}, {Bytes, 4 << 20, "4 MiB"}, {Bytes, 3 << 40, "3,072 GiB"},
		{Seconds, 0, "0 ms"}, {Seconds, 250e-6, "250 µs"}, {Seconds, .0015, "1.5 ms"}, {Seconds, 2, "2 s"},
	} {
		if got := tt.unit.Write(tt.v); got != tt.want {
			t.Errorf("%v is %q, want %q", tt.v, got, tt.want)
		}
	}
}

// Whatever the values, the axis reaches above them and has one or two round
// values to read by.
func TestTicksCoverTheValues(t *testing.T) {
	t.Parallel()
	for name, unit := range map[string]Unit{"count": Count, "number": Number, "bytes": Bytes, "seconds": Seconds} {
		for most := 1e-6; most < 1e12; most *= 1.7 {
			ticks := unit.ticks(most)
			if n := len(ticks); n < 1 || n > 2 || ticks[n-1] < most*(1-1e-6) || ticks[0] <= 0 {
				t.Errorf("%s up to %v: ticks %v", name, most, ticks)
			}
			if unit.whole && ticks[0] != math.Trunc(ticks[0]) {
				t.Errorf("%s up to %v: ticks %v between whole numbers", name, most, ticks)
			}
		}
	}
	if got := Count.ticks(0); len(got) != 1 || got[0] != 1 {
		t.Errorf("ticks of nothing: %v, want 1", got)
	}
	if got := Bytes.ticks(5 << 20); got[1] != 6<<20 {
		t.Errorf("ticks of 5 MiB: %v, want 3 and 6 MiB", got)
	}
}
