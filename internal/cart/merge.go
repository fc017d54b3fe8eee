package cart

// Merge adds the lines of other to c, as far as stock and limits leave room, and returns
// what became of each. A line keeps the price that it remembers: the shopper has not
// just seen another one. An empty cart becomes other, with its ID, and nothing is to be told.
func (c Cart) Merge(other Cart, products map[string]Product) (Cart, []Outcome) {
	if c.Empty() && !other.Empty() {
		return other.clone(), nil
	}
	var merged []Outcome
	for _, line := range other.Lines {
		p := products[line.SKU]
		p.SKU, p.Price = line.SKU, line.UnitPrice
		if own, in := c.Line(line.SKU); in {
			p.Price = own.UnitPrice
		}
		next, outcome := c.Add(p, line.Quantity)
		c, merged = next, append(merged, outcome)
	}
	return c, merged
}

// Unmerge takes out again what Merge added, where it is still there.
func (c Cart) Unmerge(merged []Outcome) Cart {
	for _, m := range merged {
		line, in := c.Line(m.SKU)
		switch {
		case !in || m.Got <= 0:
		case line.Quantity <= m.Got:
			c = c.Remove(m.SKU).WithoutUndo()
		default:
			c = c.resize(m.SKU, line.Quantity-m.Got)
		}
	}
	return c
}
