package cart

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
)

// crockford is Douglas Crockford's base 32, whose symbols are hard to confuse:
// https://www.crockford.com/base32.html
const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

const (
	numberSymbols = 12 // of an order number: 11 that are random and the check
	numberBits    = 5 * (numberSymbols - 1)
	checkModulus  = 37 // Crockford's: the smallest prime above 32
)

// ErrOrderNumber reports text that is no order number: mistyped, most likely.
var ErrOrderNumber = errors.New("cart: not an order number")

// OrderNumber names an order to people: 11 random symbols of Crockford's base
// 32 (55 bits) and a check symbol, 12 characters without hyphens. One mistyped
// symbol, or two neighbours swapped, never gives another order's number.
type OrderNumber string

// NewOrderNumber returns a random order number. Numbers are not in sequence,
// so they do not tell how many orders there are. That none is given twice is
// for the database to see to.
func NewOrderNumber() OrderNumber {
	for {
		var random [8]byte
		rand.Read(random[:]) // never fails: the program stops where there is no randomness
		value := binary.BigEndian.Uint64(random[:]) >> (64 - numberBits)
		// Crockford's five further check symbols (*~$=U) cannot stand in a
		// URL, or be read out, as the plain ones can.
		if value%checkModulus < uint64(len(crockford)) {
			return formatNumber(value)
		}
	}
}

func formatNumber(value uint64) OrderNumber {
	var symbols [numberSymbols]byte
	symbols[numberSymbols-1] = crockford[value%checkModulus]
	for i := numberSymbols - 2; i >= 0; i-- {
		symbols[i] = crockford[value%32]
		value /= 32
	}
	return OrderNumber(symbols[:])
}

// ParseOrderNumber returns the order number that s spells, in its one canonical
// form. As Crockford has it, case and hyphens do not matter, I and L are 1 and
// O is 0. A wrong check symbol, or any other text, is [ErrOrderNumber].
func ParseOrderNumber(s string) (OrderNumber, error) {
	var value, symbols, last uint64
	for _, b := range []byte(s) {
		if b == '-' {
			continue
		}
		symbol := strings.IndexByte(crockford, plainSymbol(b))
		if symbol < 0 {
			return "", fmt.Errorf("%w: %.40q", ErrOrderNumber, s)
		}
		symbols, last = symbols+1, uint64(symbol)
		if symbols < numberSymbols {
			value = value*32 + last
		}
	}
	if symbols != numberSymbols || value%checkModulus != last {
		return "", fmt.Errorf("%w: %.40q", ErrOrderNumber, s)
	}
	return formatNumber(value), nil
}

// plainSymbol returns the symbol that b may stand for.
func plainSymbol(b byte) byte {
	if b >= 'a' && b <= 'z' {
		b -= 'a' - 'A'
	}
	switch b {
	case 'I', 'L':
		return '1'
	case 'O':
		return '0'
	}
	return b
}

// String returns the number as people are shown it: "7KQ2-9XMA-4TCF".
func (n OrderNumber) String() string {
	if len(n) != numberSymbols {
		return string(n)
	}
	return string(n[:4] + "-" + n[4:8] + "-" + n[8:])
}
