package locale

import (
	"testing"
	"time"
)

func TestBritishReadersFindWhatTheyExpect(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 3, 10, 4, 5, 0, time.FixedZone("CET", 3600))
	for _, tt := range [][2]string{
		{Tag(), "en-GB"},
		{Number(0), "0"},
		{Number(999), "999"},
		{Number(-1234567), "-1,234,567"},
		{Decimal(1234.56, 1), "1,234.6"},
		{Decimal(0.04, 1), "0.0"},
		{Plural(0, "thing", "things"), "0 things"},
		{Plural(1, "thing", "things"), "1 thing"},
		{Plural(1001, "thing", "things"), "1,001 things"},
		{Time(at), "3 November 2026, 09:04 UTC"},
		{Time(time.Time{}), ""},
		{Clock(at), "09:04:05"},
	} {
		if tt[0] != tt[1] {
			t.Errorf("got %q, want %q", tt[0], tt[1])
		}
	}
}
