// Package locale writes numbers, plurals and times as the shop's readers do, from
// the Unicode CLDR. It is the one place that says which locale that is.
package locale

import (
	"strings"
	"time"

	"github.com/go-playground/locales"
	"github.com/go-playground/locales/en_GB"
)

// shop is only ever read. Its dates are written "23 November 2026".
var shop = en_GB.New()

// Tag returns the language of the shop, "en-GB" (BCP 47).
func Tag() string { return strings.ReplaceAll(shop.Locale(), "_", "-") }

// Number returns a whole number: "1,234".
func Number(n int) string { return Decimal(float64(n), 0) }

// Decimal returns a number with so many decimals: "1,234.5".
func Decimal(v float64, decimals uint64) string { return shop.FmtNumber(v, decimals) }

// Plural returns a number with the noun in its form: "1 thing", "1,234 things".
func Plural(n int, one, other string) string {
	if shop.CardinalPluralRule(float64(n), 0) == locales.PluralRuleOne {
		return Number(n) + " " + one
	}
	return Number(n) + " " + other
}

// Time returns a moment to the minute, "23 November 2026, 10:14 UTC"; "" for the
// zero time.
func Time(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	t = t.UTC()
	return shop.FmtDateLong(t) + ", " + shop.FmtTimeShort(t) + " UTC"
}

// Clock returns the time of day to the second, in UTC: "10:14:05".
func Clock(t time.Time) string { return shop.FmtTimeMedium(t.UTC()) }
