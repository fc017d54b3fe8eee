package cart_test

import (
	"errors"
	"math"
	"math/big"
	"testing"
	"testing/quick"

	"trolley/internal/cart"
)

// exactly reports whether a checked operation answered as exact arithmetic
// does: with the very result where it fits, with ErrOverflow where it does not.
func exactly(got cart.Money, err error, want *big.Int) bool {
	if !want.IsInt64() {
		return errors.Is(err, cart.ErrOverflow) && got == 0
	}
	return err == nil && int64(got) == want.Int64()
}

// edges are the amounts at which 64-bit arithmetic goes wrong.
var edges = []int64{
	math.MinInt64, math.MinInt64 + 1, math.MinInt32, -2, -1, 0, 1, 2, 20, 200,
	math.MaxInt32, math.MaxInt64 / 20, math.MaxInt64/20 + 1, math.MaxInt64 - 1, math.MaxInt64,
}

func TestMoneyIsExactOrAnError(t *testing.T) {
	t.Parallel()
	plus := func(m, n int64) bool {
		got, err := cart.Money(m).Plus(cart.Money(n))
		return exactly(got, err, new(big.Int).Add(big.NewInt(m), big.NewInt(n)))
	}
	times := func(m, n int64) bool {
		got, err := cart.Money(m).Times(int(n))
		return exactly(got, err, new(big.Int).Mul(big.NewInt(m), big.NewInt(n)))
	}
	for _, m := range edges {
		for _, n := range edges {
			if !plus(m, n) {
				t.Errorf("%d + %d is neither exact nor an overflow", m, n)
			}
			if !times(m, n) {
				t.Errorf("%d × %d is neither exact nor an overflow", m, n)
			}
		}
	}
	for name, f := range map[string]any{"plus": plus, "times": times} {
		if err := quick.Check(f, &quick.Config{MaxCount: 10_000}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestMoneyIsWrittenExactly(t *testing.T) {
	t.Parallel()
	for amount, want := range map[cart.Money]string{
		0: "0.00", 5: "0.05", 1850: "18.50", 123456: "1234.56", -5: "-0.05", -123456: "-1234.56",
		math.MaxInt64: "92233720368547758.07", math.MinInt64: "-92233720368547758.08",
	} {
		if got := amount.Decimal(); got != want {
			t.Errorf("%d: %q, want %q", amount, got, want)
		}
	}
}

func TestMoneyIsWrittenToTheCent(t *testing.T) {
	t.Parallel()
	for amount, want := range map[cart.Money]string{
		0:             "€0.00",
		1:             "€0.01",
		99:            "€0.99",
		100:           "€1.00",
		1850:          "€18.50",
		123456:        "€1,234.56",
		-5:            "-€0.05",
		-123456:       "-€1,234.56",
		100000000:     "€1,000,000.00",
		math.MaxInt64: "€92,233,720,368,547,758.07",
	} {
		if got := amount.String(); got != want {
			t.Errorf("%d: %q, want %q", amount, got, want)
		}
	}
}
