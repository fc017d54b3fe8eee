package cart

import (
	"crypto/rand"
	"slices"
	"strings"
)

// Line is a product in a cart.
type Line struct {
	SKU       string `json:"sku"`
	Quantity  int    `json:"quantity"`
	UnitPrice Money  `json:"unit_price"` // the price at which it was last added
}

// Cart is what a shopper means to buy. It is a value: every change returns a
// new Cart, which shares no memory with the old one. The zero Cart is empty;
// its first add gives it its ID.
type Cart struct {
	ID          string `json:"id"`                     // from NewID; never the session's token
	Currency    string `json:"currency"`               // of all its prices
	Lines       []Line `json:"lines"`                  // in the order of adding, one per SKU
	Removed     []Line `json:"removed,omitempty"`      // what the last removal took, for Undo; any other change drops it
	RemovedFrom int    `json:"removed_from,omitempty"` // where in Lines the first of Removed stood
}

// An ID has the form of rand.Text, in small letters.
const (
	idLength   = 26
	idAlphabet = "abcdefghijklmnopqrstuvwxyz234567"
)

// NewID returns the ID of a new cart: 26 random characters of lower-case base32, some
// 128 bits. Pages show it (the checkout form names its cart by it), so it is
// never the session's token; orders are unique by it, so it is never guessed.
func NewID() string { return strings.ToLower(rand.Text()[:idLength]) }

// Line returns the line of the product sku, and whether there is one.
func (c Cart) Line(sku string) (Line, bool) {
	if i := c.index(sku); i >= 0 {
		return c.Lines[i], true
	}
	return Line{}, false
}

// Quantity returns the number of units in the cart.
func (c Cart) Quantity() int {
	units := 0
	for _, line := range c.Lines {
		units += line.Quantity
	}
	return units
}

// Empty reports whether the cart has no lines.
func (c Cart) Empty() bool {
	return len(c.Lines) == 0
}

// index returns where in Lines the product sku is, or -1.
func (c Cart) index(sku string) int {
	return slices.IndexFunc(c.Lines, func(l Line) bool { return l.SKU == sku })
}

// clone returns c with copies of its slices. Every change starts with it and may
// then write to the clone in place.
func (c Cart) clone() Cart {
	c.Lines = slices.Clone(c.Lines)
	c.Removed = slices.Clone(c.Removed)
	return c
}
