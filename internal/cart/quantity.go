package cart

import (
	"errors"
	"fmt"
)

// ErrQuantity reports text that is not a quantity.
var ErrQuantity = errors.New("cart: not a quantity")

// ParseQuantity returns the quantity that s spells: 1 to 99, in ASCII digits,
// without sign, space, leading zero, fraction or exponent. Anything else is
// [ErrQuantity]. What is over [MaxPerLine] is a quantity all the same: [Cart.Add]
// and [Cart.Set] clamp it and say so.
func ParseQuantity(s string) (int, error) {
	switch {
	case len(s) == 1 && s[0] >= '1' && isDigit(s[0]):
		return int(s[0] - '0'), nil
	case len(s) == 2 && s[0] >= '1' && isDigit(s[0]) && isDigit(s[1]):
		return int(s[0]-'0')*10 + int(s[1]-'0'), nil
	}
	return 0, fmt.Errorf("%w: %.20q", ErrQuantity, s)
}

// ParseQuantityOrZero is [ParseQuantity] that accepts "0" as well: setting a
// line to nothing removes it.
func ParseQuantityOrZero(s string) (int, error) {
	if s == "0" {
		return 0, nil
	}
	return ParseQuantity(s)
}

func isDigit(b byte) bool {
	return b >= '0' && b <= '9'
}
