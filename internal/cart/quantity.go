package cart

import (
	"errors"
	"fmt"
	"strconv"
)

// ErrQuantity reports text that is not a quantity.
var ErrQuantity = errors.New("cart: not a quantity")

// ParseQuantity returns the quantity that s spells: 1 to 99, in ASCII digits,
// without sign, space, leading zero, fraction or exponent. Anything else is
// [ErrQuantity]. What is over [MaxPerLine] is a quantity all the same: [Cart.Add]
// and [Cart.Set] clamp it and say so.
func ParseQuantity(s string) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > 99 || strconv.Itoa(n) != s { // +1, 01
		return 0, fmt.Errorf("%w: %.20q", ErrQuantity, s)
	}
	return n, nil
}

// ParseQuantityOrZero is [ParseQuantity] that accepts "0" as well: setting a
// line to nothing removes it.
func ParseQuantityOrZero(s string) (int, error) {
	if s == "0" {
		return 0, nil
	}
	return ParseQuantity(s)
}
