package cart_test

import (
	"errors"
	"regexp"
	"strconv"
	"testing"

	"trolley/internal/cart"
)

func TestParseQuantityAcceptsOnlyCanonicalQuantities(t *testing.T) {
	t.Parallel()
	for want := 1; want <= 99; want++ {
		checkQuantity(t, cart.ParseQuantity, strconv.Itoa(want), want)
	}
	refused := []string{
		"-1", "0", "00", "-0", "1.5", "1e3", "+1", "007", "01", "0x1", "1_0", "100", "2^31", "2147483648",
		"9223372036854775808", "", " ", "\x00", "1\x00", "１", "１２", "٣", "²", " 1", "1 ", "1\n", "1 2",
		"\u00a01", "one", "1,", "NaN", "Inf", "\xff", ":", "/", "1:", "1/",
	}
	for _, s := range refused {
		checkQuantity(t, cart.ParseQuantity, s, 0)
	}
}

func TestParseQuantityOrZeroAcceptsOneZeroOnly(t *testing.T) {
	t.Parallel()
	if got, err := cart.ParseQuantityOrZero("0"); got != 0 || err != nil {
		t.Errorf(`ParseQuantityOrZero("0") = %d, %v; want 0`, got, err)
	}
	checkQuantity(t, cart.ParseQuantityOrZero, "20", 20)
	for _, s := range []string{"00", "-0", "+0", "0.0", "0x0", "", "０"} {
		checkQuantity(t, cart.ParseQuantityOrZero, s, 0)
	}
}

// checkQuantity fails unless parse reads s as want, or refuses it where want is 0.
func checkQuantity(t *testing.T, parse func(string) (int, error), s string, want int) {
	t.Helper()
	got, err := parse(s)
	if got != want {
		t.Errorf("parse %q = %d, want %d", s, got, want)
	}
	if want == 0 && !errors.Is(err, cart.ErrQuantity) || want != 0 && err != nil {
		t.Errorf("parse %q: error %v", s, err)
	}
}

func FuzzParseQuantity(f *testing.F) {
	for _, s := range []string{"1", "20", "99", "0", "100", "-1", "１", "1\x00", ""} {
		f.Add(s)
	}
	canonical := regexp.MustCompile(`\A[1-9][0-9]?\z`)
	f.Fuzz(func(t *testing.T, s string) {
		want := 0
		if canonical.MatchString(s) {
			want, _ = strconv.Atoi(s)
		}
		checkQuantity(t, cart.ParseQuantity, s, want)
		if s != "0" {
			checkQuantity(t, cart.ParseQuantityOrZero, s, want)
		}
	})
}
