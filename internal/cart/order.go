package cart

import "time"

// Order is what was bought. No later change of a product touches it; the shop can
// cancel it.
type Order struct {
	Number   OrderNumber `json:"number"`
	CartID   string      `json:"cart_id"` // the cart that it was; one cart is one order
	Contact  Contact     `json:"contact"`
	Currency string      `json:"currency"`
	Lines    []OrderLine `json:"lines,omitempty"` // a list of orders leaves them out
	Quantity int         `json:"quantity"`        // units in all lines
	Total    Money       `json:"total"`           // the sum of the LineTotals
	PlacedAt time.Time   `json:"placed_at"`
	// CancelledAt is zero while the order stands.
	CancelledAt time.Time `json:"cancelled_at,omitzero"`
}

// OrderLine is a product as it was when it was ordered.
type OrderLine struct {
	SKU       string `json:"sku"`
	Name      string `json:"name"`
	UnitPrice Money  `json:"unit_price"`
	Quantity  int    `json:"quantity"`
	LineTotal Money  `json:"line_total"`
}

// Order returns the order that q becomes when it is placed at the time at. A
// line that cannot be bought as it stands is never part of an order: place
// only a quote that is not Blocked.
func (q Quote) Order(number OrderNumber, contact Contact, at time.Time) Order {
	o := Order{
		Number: number, CartID: q.ID, Contact: contact, Currency: q.Currency,
		Lines: make([]OrderLine, 0, len(q.Lines)), PlacedAt: at.UTC(),
	}
	for _, line := range q.Lines {
		if line.Blocked() {
			continue
		}
		o.Lines = append(o.Lines, OrderLine{
			SKU: line.SKU, Name: line.Name, UnitPrice: line.UnitPrice,
			Quantity: line.Quantity, LineTotal: line.LineTotal,
		})
		o.Quantity += line.Quantity
		o.Total += line.LineTotal // part of q.Subtotal, which did not overflow
	}
	return o
}
