package plot

import (
	"math"
	"testing"
)

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
