package cart

import "fmt"

// NoticeKind says what a shopper must know about a line.
type NoticeKind string

// The kinds of notice.
const (
	NoticeSoldOut   NoticeKind = "sold-out"   // none left
	NoticeOnlyLeft  NoticeKind = "only-left"  // fewer left than the line holds
	NoticeWithdrawn NoticeKind = "withdrawn"  // no longer sold, or gone from the shop
	NoticePriceRose NoticeKind = "price-rose" // since it was added
	NoticePriceFell NoticeKind = "price-fell" // since it was added
)

// Blocks reports whether a line with such a notice cannot be bought as it stands.
func (k NoticeKind) Blocks() bool {
	return k != NoticePriceRose && k != NoticePriceFell
}

// Notice is one thing that a shopper must know about a line.
type Notice struct {
	Kind         NoticeKind `json:"kind"`
	Left         int        `json:"left,omitempty"` // only-left: in stock
	*PriceChange            // price-rose, price-fell
}

// PriceChange is a price when the line was added, and the live one.
type PriceChange struct {
	Was Money `json:"was"`
	Now Money `json:"now"`
}

// String returns the notice as a sentence.
func (n Notice) String() string {
	switch n.Kind {
	case NoticeSoldOut:
		return "Sold out."
	case NoticeOnlyLeft:
		return fmt.Sprintf("Only %d left.", n.Left)
	case NoticeWithdrawn:
		return "No longer sold."
	case NoticePriceRose:
		return fmt.Sprintf("The price has gone up from %s to %s since you added it.", n.Was, n.Now)
	case NoticePriceFell:
		return fmt.Sprintf("The price has gone down from %s to %s since you added it.", n.Was, n.Now)
	}
	return string(n.Kind)
}

// notices returns what a shopper must know about line when p is its product, first
// what blocks it. It never returns nil.
func (l Line) notices(p Product) []Notice {
	notices := []Notice{}
	switch {
	case !p.onSale():
		return append(notices, Notice{Kind: NoticeWithdrawn})
	case p.Stock <= 0:
		return append(notices, Notice{Kind: NoticeSoldOut})
	case p.Stock < l.Quantity:
		notices = append(notices, Notice{Kind: NoticeOnlyLeft, Left: p.Stock})
	}
	switch {
	case p.Price > l.UnitPrice:
		notices = append(notices, Notice{Kind: NoticePriceRose, PriceChange: &PriceChange{l.UnitPrice, p.Price}})
	case p.Price < l.UnitPrice:
		notices = append(notices, Notice{Kind: NoticePriceFell, PriceChange: &PriceChange{l.UnitPrice, p.Price}})
	}
	return notices
}
