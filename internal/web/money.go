package web

import (
	"fmt"
	"strings"

	"github.com/bojanz/currency"

	"trolley/internal/cart"
	"trolley/internal/locale"
)

// moneyFormat writes amounts for the shop's readers: "€18.50". It counts in
// whole cents and decimals throughout; there is no float on the way.
type moneyFormat struct {
	formatter *currency.Formatter
}

func newMoneyFormat() moneyFormat {
	return moneyFormat{currency.NewFormatter(currency.NewLocale(locale.Tag()))}
}

// format returns an amount in the shop's currency.
func (m moneyFormat) format(amount cart.Money) (string, error) {
	a, err := currency.NewAmountFromInt64(int64(amount), cart.Currency)
	if err != nil {
		return "", fmt.Errorf("money: %w", err)
	}
	return m.formatter.Format(a), nil
}

// decimal returns an amount as programs read it: "18.50".
func (m moneyFormat) decimal(amount cart.Money) (string, error) {
	a, err := currency.NewAmountFromInt64(int64(amount), cart.Currency)
	if err != nil {
		return "", fmt.Errorf("money: %w", err)
	}
	return a.Number(), nil
}

// Text is format for sentences, which do without an amount that cannot be written.
func (m moneyFormat) Text(amount cart.Money) string {
	s, _ := m.format(amount) // fails for an unknown currency only
	return s
}

// notice returns a notice as a sentence, with its amounts.
func (m moneyFormat) notice(n cart.Notice) string {
	switch n.Kind {
	case cart.NoticePriceRose:
		return fmt.Sprintf("The price rose from %s to %s since you added it.", m.Text(n.Was), m.Text(n.Now))
	case cart.NoticePriceFell:
		return fmt.Sprintf("The price fell from %s to %s since you added it.", m.Text(n.Was), m.Text(n.Now))
	}
	return n.String()
}

// Explain fills in the Notice of every line.
func (m moneyFormat) Explain(q cart.Quote) cart.Quote {
	for i, line := range q.Lines {
		sentences := make([]string, 0, len(line.Notices))
		for _, n := range line.Notices {
			sentences = append(sentences, m.notice(n))
		}
		q.Lines[i].Notice = strings.Join(sentences, " ")
	}
	return q
}
