package cart

// What a cart may hold. A full cart, encoded, stays well under the 8 KiB that
// its session may take.
const (
	MaxPerLine = 20  // units of one product
	MaxLines   = 50  // different products
	MaxUnits   = 200 // units of all products together
)

// Limit says why fewer units were taken than were asked for.
type Limit string

// The limits, in the order in which the first of equals is reported: what the
// shop cannot give comes before what the cart cannot hold.
const (
	LimitNone      Limit = ""
	LimitWithdrawn Limit = "withdrawn" // the product is no longer sold
	LimitStock     Limit = "stock"     // Product.Stock
	LimitLine      Limit = "line"      // MaxPerLine
	LimitLines     Limit = "lines"     // MaxLines
	LimitUnits     Limit = "units"     // MaxUnits
)

// Outcome is what came of an add or a set. Limit is set if and only if Got is
// less than Asked.
type Outcome struct {
	SKU   string `json:"sku"`
	Asked int    `json:"asked"`
	Got   int    `json:"got"` // after Add: units added; after Set: the quantity now
	Limit Limit  `json:"limit,omitempty"`
}

// room returns how many of asked further units of p fit, and what stopped the rest.
func (c Cart) room(p Product, asked int) (int, Limit) {
	if asked <= 0 {
		return 0, LimitNone
	}
	if !p.onSale() || !IsSKU(p.SKU) {
		return 0, LimitWithdrawn
	}
	got, limit := asked, LimitNone
	at := func(bound int, l Limit) {
		if bound = max(bound, 0); bound < got {
			got, limit = bound, l
		}
	}
	line, in := c.Line(p.SKU)
	at(p.Stock-line.Quantity, LimitStock)
	at(MaxPerLine-line.Quantity, LimitLine)
	if !in && len(c.Lines) >= MaxLines {
		at(0, LimitLines)
	}
	at(MaxUnits-c.Quantity(), LimitUnits)
	return got, limit
}
