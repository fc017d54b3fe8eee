package cart

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// maxShown is more bytes than the Shown of the largest cart has.
const maxShown = 4096

// Shown is what a shopper was shown of a line.
type Shown struct {
	Quantity  int   `json:"quantity"`
	UnitPrice Money `json:"unit_price"`
}

// Difference is a line that is no longer as the shopper was shown it, or that
// cannot be bought as it stands.
type Difference struct {
	SKU    string `json:"sku"`
	Name   string `json:"name"`             // the SKU for a line that is gone
	Was    *Shown `json:"was"`              // nil: the line is new
	Now    *Shown `json:"now"`              // nil: the line is gone
	Notice string `json:"notice,omitempty"` // why the line is blocked, as a part of a sentence; "" where it is not
	Left   int    `json:"left"`             // units of a blocked line that can be bought
}

// Shown returns what this quote shows of its lines, canonical, for the checkout
// form to carry: SKU, quantity and unit price of each line in cart order, as in
// "enamel-mug 2 1850;tea-towel 1 900". It needs no signature: an order takes
// the live prices whatever this says, so who forges it gains nothing.
func (q Quote) Shown() string {
	lines := make([]string, len(q.Lines))
	for i, l := range q.Lines {
		lines[i] = shownLine{l.SKU, l.shown()}.String()
	}
	return strings.Join(lines, ";")
}

// Shown returns what [Quote.Shown] returned of the quote that became this order.
func (o Order) Shown() string {
	lines := make([]QuoteLine, len(o.Lines))
	for i, l := range o.Lines {
		lines[i] = QuoteLine{SKU: l.SKU, Quantity: l.Quantity, UnitPrice: l.UnitPrice}
	}
	return Quote{Lines: lines}.Shown()
}

// Since returns the lines that are no longer as shown, which an earlier
// [Quote.Shown] returned, and the lines that are blocked: first those of the
// quote in its order, then those that are gone. It is nil where all is as shown
// and can be bought. Where shown is not what Shown returns, every line is new.
func (q Quote) Since(shown string) (differences []Difference) {
	then := parseShown(shown)
	for _, line := range q.Lines {
		d := Difference{SKU: line.SKU, Name: line.Name, Was: find(then, line.SKU), Now: new(line.shown())}
		if line.Blocked() {
			d.Notice, d.Left = strings.ToLower(strings.TrimSuffix(line.Notices[0].String(), ".")), line.Stock
		}
		if d.Was == nil || *d.Was != *d.Now || line.Blocked() {
			differences = append(differences, d)
		}
	}
	for _, was := range then {
		if !slices.ContainsFunc(q.Lines, func(l QuoteLine) bool { return l.SKU == was.sku }) {
			differences = append(differences, Difference{SKU: was.sku, Name: was.sku, Was: &was.Shown})
		}
	}
	return differences
}

func (l QuoteLine) shown() Shown {
	return Shown{Quantity: l.Quantity, UnitPrice: l.UnitPrice}
}

// shownLine is a line of what [Quote.Shown] writes.
type shownLine struct {
	sku string
	Shown
}

func (l shownLine) String() string {
	return l.sku + " " + strconv.Itoa(l.Quantity) + " " + strconv.FormatInt(int64(l.UnitPrice), 10)
}

// find returns what was shown of the product sku, or nil.
func find(lines []shownLine, sku string) *Shown {
	for _, l := range lines {
		if l.sku == sku {
			return &l.Shown
		}
	}
	return nil
}

// parseShown returns the lines of a text that [Quote.Shown] may have returned,
// and none for any other.
func parseShown(text string) (lines []shownLine) {
	if len(text) > maxShown {
		return nil
	}
	for part := range strings.SplitSeq(text, ";") {
		var l shownLine
		_, err := fmt.Sscan(part, &l.sku, &l.Quantity, &l.UnitPrice)
		// What is not spelt as Shown spells it (+1, 01) was not written by Shown.
		if err != nil || l.String() != part || !IsSKU(l.sku) || find(lines, l.sku) != nil {
			return nil
		}
		lines = append(lines, l)
	}
	return lines
}
