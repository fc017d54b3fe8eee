package cart

import "strings"

// A SKU is words of these characters, joined by single hyphens.
const (
	skuAlphabet = "abcdefghijklmnopqrstuvwxyz0123456789-"
	maxSKU      = 40 // bytes
)

// Category is a group of products that the catalogue can be narrowed to.
type Category struct {
	Slug string // in URLs, of the form of a SKU
	Name string // for people
}

// Product is something the shop sells, at this moment.
type Product struct {
	SKU         string // the key, of the form that IsSKU accepts
	Name        string
	Description string
	Category    Category
	Price       Money // of one unit
	Stock       int   // units that can be sold now
	Withdrawn   bool  // no longer sold; its page stays
}

// IsSKU reports whether s is a SKU: lower-case ASCII letters and digits in words
// joined by single hyphens, at most 40 bytes.
func IsSKU(s string) bool {
	return len(s) <= maxSKU && strings.Trim(s, skuAlphabet) == "" && !strings.Contains("-"+s+"-", "--")
}

// onSale reports whether units of p can be sold at all, stock apart. A price
// below zero, which no store should hold, must never lower a total.
func (p Product) onSale() bool {
	return !p.Withdrawn && p.Price >= 0
}
