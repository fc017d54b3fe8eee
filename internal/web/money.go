package web

import (
	"fmt"
	"strings"

	"trolley/internal/cart"
)

// Money returns an amount in the shop's currency, as British readers write it:
// "€1,234.50". There is no float on the way.
func Money(amount cart.Money) string {
	digits, negative := strings.CutPrefix(amount.Decimal(), "-")
	for i := len(digits) - len("000.00"); i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	if negative {
		return "-€" + digits
	}
	return "€" + digits
}

// Explain fills in the Notice of every line.
func Explain(q cart.Quote) cart.Quote {
	for i, line := range q.Lines {
		var sentences []string
		for _, n := range line.Notices {
			sentences = append(sentences, notice(n))
		}
		q.Lines[i].Notice = strings.Join(sentences, " ")
	}
	return q
}

// notice returns a notice as a sentence, with its amounts.
func notice(n cart.Notice) string {
	switch n.Kind {
	case cart.NoticePriceRose:
		return fmt.Sprintf("The price has gone up from %s to %s since you added it.", Money(n.Was), Money(n.Now))
	case cart.NoticePriceFell:
		return fmt.Sprintf("The price has gone down from %s to %s since you added it.", Money(n.Was), Money(n.Now))
	}
	return n.String()
}
