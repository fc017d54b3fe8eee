package cart

import (
	"errors"
	"fmt"
)

// maxSKU is the most bytes that a SKU has.
const maxSKU = 40

// ErrSKU reports text that is not a SKU.
var ErrSKU = errors.New("cart: not a SKU")

// Category is a group of products that the catalogue can be narrowed to.
type Category struct {
	Slug string // in URLs, of the form of a SKU
	Name string // for people
}

// Product is something the shop sells, as it is at this moment.
type Product struct {
	SKU         string // the key, of the form that ParseSKU accepts
	Name        string
	Description string
	Category    Category
	Price       Money // of one unit
	Stock       int   // units that can be sold now
	Withdrawn   bool  // no longer sold; its page stays
}

// ParseSKU returns s where it is a SKU: lower-case ASCII letters and digits in
// words joined by single hyphens, at most 40 bytes. Anything else is [ErrSKU].
func ParseSKU(s string) (string, error) {
	if !isSKU(s) {
		return "", fmt.Errorf("%w: %.50q", ErrSKU, s)
	}
	return s, nil
}

func isSKU(s string) bool {
	if s == "" || len(s) > maxSKU {
		return false
	}
	hyphen := true // as if one stood before the first byte: none may follow it
	for i := range len(s) {
		switch b := s[i]; {
		case b >= 'a' && b <= 'z', b >= '0' && b <= '9':
			hyphen = false
		case b == '-' && !hyphen:
			hyphen = true
		default:
			return false
		}
	}
	return !hyphen
}

// onSale reports whether units of p can be sold at all, stock apart. A price
// below zero, which no store should hold, must never lower a total.
func (p Product) onSale() bool {
	return !p.Withdrawn && p.Price >= 0
}
