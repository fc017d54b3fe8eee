package web

import (
	"fmt"
	"strconv"
	"strings"

	"trolley/internal/cart"
)

// Money returns an amount in the shop's currency, as British readers write it:
// "€1,234.50".
func Money(amount cart.Money) string {
	sign, units, cents := parts(amount)
	for i := len(units) - 3; i > 0; i -= 3 {
		units = units[:i] + "," + units[i:]
	}
	return sign + "€" + units + "." + cents
}

// decimal returns an amount as programs read it: "1234.50".
func decimal(amount cart.Money) string {
	sign, units, cents := parts(amount)
	return sign + units + "." + cents
}

// parts returns the digits of an amount. There is no float on the way.
func parts(amount cart.Money) (sign, units, cents string) {
	digits := strconv.FormatInt(int64(amount), 10)
	if amount < 0 {
		sign, digits = "-", digits[1:]
	}
	digits = strings.Repeat("0", max(3-len(digits), 0)) + digits
	return sign, digits[:len(digits)-2], digits[len(digits)-2:]
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
		return fmt.Sprintf("The price rose from %s to %s since you added it.", Money(n.Was), Money(n.Now))
	case cart.NoticePriceFell:
		return fmt.Sprintf("The price fell from %s to %s since you added it.", Money(n.Was), Money(n.Now))
	}
	return n.String()
}
