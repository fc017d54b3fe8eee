package plot

import (
	"math"
	"strings"
	"testing"
)

func TestUnits(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		unit Unit
		v    float64
		want string
	}{
		{Number, 0, "0"}, {Number, 950, "950"}, {Number, 9999, "9,999"}, {Number, 12345, "12.3 k"}, {Number, 1e6, "1 M"}, {Number, 0.25, "0.2"}, {Number, 33.6, "33.6"},
		{Bytes, 1023, "1,023 B"}, {Bytes, 1536, "1.5 KiB"}, {Bytes, 4 << 20, "4 MiB"}, {Bytes, 3 << 40, "3,072 GiB"},
		{Seconds, 0, "0 ms"}, {Seconds, 250e-6, "250 µs"}, {Seconds, .0015, "1.5 ms"}, {Seconds, 2, "2 s"},
	} {
		if got := tt.unit.Write(tt.v); got != tt.want {
			t.Errorf("%v is %q, want %q", tt.v, got, tt.want)
		}
	}
}

// Whatever the values, the axis reaches above them and has one or two values to read
// by, which are whole numbers in one and the same unit.
func TestTicksAreWholeNumbersAboveTheValues(t *testing.T) {
	t.Parallel()
	for name, unit := range map[string]Unit{"number": Number, "bytes": Bytes, "seconds": Seconds} {
		for most := 1e-6; most < 1e12; most *= 1.07 {
			ticks, prefix := unit.ticks(most)
			if n := len(ticks); n < 1 || n > 2 || ticks[n-1] < most*(1-1e-6) || ticks[0] <= 0 {
				t.Errorf("%s up to %v: ticks %v", name, most, ticks)
			}
			for _, v := range ticks {
				if v /= prefix.size; math.Abs(v-math.Round(v)) > 1e-6*v {
					t.Errorf("%s up to %v: a tick at %v%s", name, most, v, prefix.name)
				}
			}
		}
	}
	for most, want := range map[float64]string{0: "1", 1: "1", 1001: "600 1,200", 1126: "600 1,200", 1200: "600 1,200", 9999: "5,000 10,000", 11_000: "6 k 12 k"} {
		ticks, prefix := Number.ticks(most)
		var got []string
		for _, v := range ticks {
			got = append(got, prefix.write(v))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("up to %v: ticks %q, want %s", most, got, want)
		}
	}
}
