package cart

import (
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
	Notice string `json:"notice,omitempty"` // why the line is blocked, "" where it is not
}

// Shown returns what this quote shows of its lines, canonical, for the checkout
// form to carry: SKU, quantity and unit price of each line in cart order, as in
// "enamel-mug 2 1850;tea-towel 1 900". It needs no signature: an order takes
// the live prices whatever this says, so who forges it gains nothing.
func (q Quote) Shown() string {
	var b []byte
	for i, line := range q.Lines {
		if i > 0 {
			b = append(b, ';')
		}
		b = line.shown().append(b, line.SKU)
	}
	return string(b)
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
func (q Quote) Since(shown string) []Difference {
	then := parseShown(shown)
	var differences []Difference
	for _, line := range q.Lines {
		was, now := then.find(line.SKU), line.shown()
		if was == nil || *was != now || line.Blocked() {
			differences = append(differences, Difference{
				SKU: line.SKU, Name: line.Name, Was: was, Now: &now, Notice: line.blocking(),
			})
		}
	}
	for _, was := range then {
		if !slices.ContainsFunc(q.Lines, func(l QuoteLine) bool { return l.SKU == was.sku }) {
			differences = append(differences, Difference{SKU: was.sku, Name: was.sku, Was: &was.Shown})
		}
	}
	return differences
}

// blocking returns the sentences that say why the line cannot be bought.
func (l QuoteLine) blocking() string {
	var sentences []string
	for _, n := range l.Notices {
		if n.Kind.Blocks() {
			sentences = append(sentences, n.String())
		}
	}
	return strings.Join(sentences, " ")
}

func (l QuoteLine) shown() Shown {
	return Shown{Quantity: l.Quantity, UnitPrice: l.UnitPrice}
}

// append appends the canonical text of s, a line of the product sku, to b.
func (s Shown) append(b []byte, sku string) []byte {
	b = append(append(b, sku...), ' ')
	b = append(strconv.AppendInt(b, int64(s.Quantity), 10), ' ')
	return strconv.AppendInt(b, int64(s.UnitPrice), 10)
}

// shownLines is what [Quote.Shown] wrote, read back.
type shownLines []shownLine

type shownLine struct {
	sku string
	Shown
}

// find returns what was shown of the product sku, or nil.
func (s shownLines) find(sku string) *Shown {
	for i := range s {
		if s[i].sku == sku {
			return &s[i].Shown
		}
	}
	return nil
}

// parseShown returns the lines of a text that [Quote.Shown] may have returned,
// and none for any other.
func parseShown(text string) shownLines {
	if text == "" || len(text) > maxShown {
		return nil
	}
	var lines shownLines
	for part := range strings.SplitSeq(text, ";") {
		line, ok := parseShownLine(part)
		if !ok || lines.find(line.sku) != nil {
			return nil
		}
		lines = append(lines, line)
	}
	return lines
}

func parseShownLine(text string) (shownLine, bool) {
	sku, rest, _ := strings.Cut(text, " ")
	quantity, price, _ := strings.Cut(rest, " ")
	q, errQ := strconv.Atoi(quantity)
	p, errP := strconv.ParseInt(price, 10, 64)
	s := Shown{Quantity: q, UnitPrice: Money(p)}
	// What is not spelt as Shown spells it (+1, 01) was not written by Shown.
	canonical := string(s.append(nil, sku)) == text
	return shownLine{sku, s}, errQ == nil && errP == nil && isSKU(sku) && canonical
}
