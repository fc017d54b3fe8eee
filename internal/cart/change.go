package cart

import (
	"cmp"
	"slices"
)

// Add puts quantity further units of p into the cart, or as many as its stock
// and the limits leave room for. The line remembers p's price of now, which
// the shopper has just seen, also for the units that it held before. Where
// nothing is added, nothing changes.
func (c Cart) Add(p Product, quantity int) (Cart, Outcome) {
	next := c.clone()
	got, limit := next.room(p, quantity)
	if got > 0 {
		next.put(p, got)
	}
	return next, Outcome{SKU: p.SKU, Asked: quantity, Got: got, Limit: limit}
}

// Set makes quantity the quantity of p's line. Going up, it clamps as Add does,
// but never below what the line held; going down is always possible, also
// where less is in stock; 0 removes the line as Remove does; less than 0
// changes nothing. A product that is not in the cart is added. The remembered
// price stays: only Add, where the product's own page was seen, renews it.
func (c Cart) Set(p Product, quantity int) (Cart, Outcome) {
	line, in := c.Line(p.SKU)
	if !in {
		return c.Add(p, quantity)
	}
	if quantity == 0 {
		return c.Remove(p.SKU), Outcome{SKU: p.SKU}
	}
	got, limit := quantity, LimitNone
	if quantity < 0 || quantity > line.Quantity {
		got, limit = c.room(p, max(quantity, line.Quantity)-line.Quantity)
		got += line.Quantity
	}
	return c.resize(p.SKU, got), Outcome{SKU: p.SKU, Asked: quantity, Got: got, Limit: limit}
}

// Remove takes the line of sku out of the cart and remembers it for Undo. It
// needs no product, so it works for one that the shop no longer has. Where
// there is no such line nothing changes, so a second click keeps the undo.
func (c Cart) Remove(sku string) Cart {
	next := c.clone()
	if i := next.index(sku); i >= 0 {
		next.Removed, next.RemovedFrom = []Line{next.Lines[i]}, i
		next.Lines = slices.Delete(next.Lines, i, i+1)
	}
	return next
}

// Clear takes all lines out of the cart and remembers them for Undo. The cart
// keeps its ID. Clearing an empty cart changes nothing.
func (c Cart) Clear() Cart {
	next := c.clone()
	if !next.Empty() {
		next.Removed, next.RemovedFrom = next.Lines, 0
		next.Lines = []Line{}
	}
	return next
}

// Undo puts what the last removal took back where it was: the limits leave room for
// it. It asks no stock: the quote tells what has become of the product since.
func (c Cart) Undo() Cart {
	next := c.clone()
	next.Lines = slices.Insert(next.Lines, next.RemovedFrom, next.Removed...)
	return next.WithoutUndo()
}

// WithoutUndo returns the cart without what the last removal took.
func (c Cart) WithoutUndo() Cart {
	c.Removed, c.RemovedFrom = nil, 0
	return c
}

// put adds units of p, which room has allowed, to the cart in place.
func (c *Cart) put(p Product, units int) {
	if c.ID == "" {
		c.ID = NewID()
	}
	c.Currency = cmp.Or(c.Currency, Currency)
	*c = c.WithoutUndo()
	i := c.index(p.SKU)
	if i < 0 {
		i = len(c.Lines)
		c.Lines = append(c.Lines, Line{SKU: p.SKU})
	}
	c.Lines[i].Quantity += units
	c.Lines[i].UnitPrice = p.Price
}

// resize returns c with quantity in the line of sku, which it has.
func (c Cart) resize(sku string, quantity int) Cart {
	next := c.clone()
	if line := &next.Lines[next.index(sku)]; line.Quantity != quantity {
		line.Quantity = quantity
		return next.WithoutUndo()
	}
	return next
}
