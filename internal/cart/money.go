package cart

import (
	"errors"
	"fmt"
	"math"
	"strings"
)

// Currency is the ISO 4217 code of the shop's one currency.
const Currency = "EUR"

// ErrOverflow reports a sum or product of money that does not fit in 64 bits.
var ErrOverflow = errors.New("cart: amount of money too large")

// Money is an amount in minor units (cents) of the shop's one currency,
// [Currency]. The zero value is nothing to pay.
type Money int64

// Plus returns m + n, or [ErrOverflow] where that does not fit.
func (m Money) Plus(n Money) (Money, error) {
	if (n > 0 && m > math.MaxInt64-n) || (n < 0 && m < math.MinInt64-n) {
		return 0, ErrOverflow
	}
	return m + n, nil
}

// Times returns m for each of quantity units, or [ErrOverflow] where that does
// not fit.
func (m Money) Times(quantity int) (Money, error) {
	n := Money(quantity)
	product := m * n
	// The smallest int64 has no positive twin, so -1 escapes the division.
	if n == -1 && m == math.MinInt64 || n != 0 && product/n != m {
		return 0, ErrOverflow
	}
	return product, nil
}

// String returns m as British readers write it: "€1,234.50". There is no float on
// the way.
func (m Money) String() string {
	digits, negative := strings.CutPrefix(m.Decimal(), "-")
	for i := len(digits) - len("000.00"); i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	if negative {
		return "-€" + digits
	}
	return "€" + digits
}

// Decimal returns m in major units: "1234.50".
func (m Money) Decimal() string {
	sign := ""
	if m < 0 {
		sign = "-"
	}
	return fmt.Sprintf("%s%d.%02d", sign, max(m/100, -(m/100)), max(m%100, -(m%100)))
}
