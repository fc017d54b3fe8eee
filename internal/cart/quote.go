package cart

import (
	"cmp"
	"slices"
	"strings"
)

// Quote is a cart priced against live products: what the shopper sees and what
// an order would cost. Subtotal is always the sum of the LineTotals.
type Quote struct {
	ID       string      `json:"id"`
	Currency string      `json:"currency"`
	Lines    []QuoteLine `json:"lines"`    // in cart order; never nil
	Quantity int         `json:"quantity"` // units in all lines
	Subtotal Money       `json:"subtotal"`
}

// QuoteLine is a line of a cart priced against its live product.
type QuoteLine struct {
	SKU       string   `json:"sku"`
	Name      string   `json:"name"` // the SKU where the product is gone
	Quantity  int      `json:"quantity"`
	UnitPrice Money    `json:"unit_price"` // live; the remembered one where the product is gone
	LineTotal Money    `json:"line_total"` // 0 where the line does not count
	Notice    string   `json:"notice"`     // Notices as one text for people
	Notices   []Notice `json:"notices"`    // never nil
	Stock     int      `json:"stock"`      // units that can be sold now
	Shelf     string   `json:"-"`          // the slug of its category; "" where the product is gone
}

// Counts reports whether the line is part of the subtotal: it is not where none of it
// can be bought, since it is sold out or withdrawn.
func (l QuoteLine) Counts() bool { return l.Stock > 0 && l.Quantity > 0 }

// Blocked reports whether the line cannot be bought as it stands.
func (l QuoteLine) Blocked() bool {
	return slices.ContainsFunc(l.Notices, func(n Notice) bool { return n.Kind.Blocks() })
}

// Blocked reports whether some line cannot be bought as it stands.
func (q Quote) Blocked() bool {
	return slices.ContainsFunc(q.Lines, QuoteLine.Blocked)
}

// Quote prices the cart against products, keyed by SKU. A line whose product is
// not among them is withdrawn. The only error is [ErrOverflow].
func (c Cart) Quote(products map[string]Product) (Quote, error) {
	q := Quote{
		ID: c.ID, Currency: cmp.Or(c.Currency, Currency),
		Lines: make([]QuoteLine, 0, len(c.Lines)), Quantity: c.Quantity(),
	}
	for _, line := range c.Lines {
		if err := q.add(line, products); err != nil {
			return Quote{}, err
		}
	}
	return q, nil
}

// add appends line to the quote and its total to the subtotal.
func (q *Quote) add(line Line, products map[string]Product) error {
	p, ok := products[line.SKU]
	if !ok {
		p = Product{Price: line.UnitPrice, Withdrawn: true}
	}
	priced := QuoteLine{
		SKU: line.SKU, Name: cmp.Or(p.Name, line.SKU), Quantity: line.Quantity,
		UnitPrice: p.Price, Notices: line.notices(p), Shelf: p.Category.Slug,
	}
	for _, n := range priced.Notices {
		priced.Notice = strings.TrimLeft(priced.Notice+" "+n.String(), " ")
	}
	if p.onSale() {
		priced.Stock = max(p.Stock, 0)
	}
	var err error
	if priced.Counts() {
		priced.LineTotal, err = p.Price.Times(line.Quantity)
	}
	if err == nil {
		q.Subtotal, err = q.Subtotal.Plus(priced.LineTotal)
	}
	q.Lines = append(q.Lines, priced)
	return err
}
