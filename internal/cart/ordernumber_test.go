package cart_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"trolley/internal/cart"
)

const symbols = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

var numberForm = regexp.MustCompile(`\A[0-9A-HJKMNP-TV-Z]{12}\z`)

func TestOrderNumbersAreRandomAndReadBack(t *testing.T) {
	t.Parallel()
	seen := map[cart.OrderNumber]bool{}
	for range 5000 {
		n := cart.NewOrderNumber()
		if !numberForm.MatchString(string(n)) {
			t.Fatalf("number %q is not 12 symbols of Crockford's base 32", string(n))
		}
		if seen[n] {
			t.Fatalf("number %s twice", n)
		}
		seen[n] = true
		for _, s := range []string{string(n), n.String(), strings.ToLower(n.String())} {
			if got, err := cart.ParseOrderNumber(s); got != n || err != nil {
				t.Fatalf("ParseOrderNumber(%q) = %q, %v; want %q", s, string(got), err, string(n))
			}
		}
	}
}

func TestOrderNumbersAreShownInFours(t *testing.T) {
	t.Parallel()
	if got, want := cart.OrderNumber("7KQ29XMA4TCF").String(), "7KQ2-9XMA-4TCF"; got != want {
		t.Errorf("shown as %q, want %q", got, want)
	}
	if got, want := cart.OrderNumber("short").String(), "short"; got != want {
		t.Errorf("what is no number is shown as %q, want %q", got, want)
	}
}

func TestParseOrderNumberForgivesAsCrockfordDoes(t *testing.T) {
	t.Parallel()
	// 100 is 3*32+4, and 26 modulo 37: the symbols 3 and 4, and the check T.
	const one, hundred = "000000000011", "00000000034T"
	tests := map[string]string{
		one: one, hundred: hundred,
		"OOOOooooooIl": one, "0000-0000-001i": one, "0-0-0-0-0-0-0-0-0-0-1-L": one,
		"--0000-0000-034t--": hundred, "oooo-0000-034T": hundred,
	}
	for s, want := range tests {
		if got, err := cart.ParseOrderNumber(s); string(got) != want || err != nil {
			t.Errorf("ParseOrderNumber(%q) = %q, %v; want %q", s, string(got), err, want)
		}
	}
}

func TestParseOrderNumberRefusesTheRest(t *testing.T) {
	t.Parallel()
	refused := []string{
		"", "-", "0", "00000000000", "0000000000000", "000000000012", "00000000034U", "00000000010*", "00000000010W",
		" 000000000011", "000000000011 ", "0000 0000 0011", "000000000011\x00", "０00000000011", "00000000000\xff",
		strings.Repeat("0", 1000), strings.Repeat("-", 1000), "../../../etc", "00000000003ſ",
	}
	for _, s := range refused {
		if got, err := cart.ParseOrderNumber(s); got != "" || !errors.Is(err, cart.ErrOrderNumber) {
			t.Errorf("ParseOrderNumber(%.20q) = %q, %v; want ErrOrderNumber", s, string(got), err)
		}
	}
}

func TestNoSingleSlipGivesAnotherOrder(t *testing.T) {
	t.Parallel()
	for range 50 {
		n := string(cart.NewOrderNumber())
		for i := range n {
			for _, symbol := range symbols {
				checkSlip(t, n, n[:i]+string(symbol)+n[i+1:])
			}
			if i > 0 {
				checkSlip(t, n, n[:i-1]+n[i:i+1]+n[i-1:i]+n[i+1:])
			}
		}
	}
}

func checkSlip(t *testing.T, n, slip string) {
	t.Helper()
	if got, err := cart.ParseOrderNumber(slip); err == nil && slip != n {
		t.Errorf("%s mistyped as %s is taken for %s", n, slip, string(got))
	}
}

func FuzzOrderNumber(f *testing.F) {
	for _, s := range []string{"7KQ2-9XMA-4TCF", "000000000011", "oooo-oooo-ooIL", "", "ZZZZZZZZZZZ*", "U"} {
		f.Add(s)
	}
	f.Add(cart.NewOrderNumber().String())
	f.Fuzz(func(t *testing.T, s string) {
		n, err := cart.ParseOrderNumber(s)
		if err != nil {
			if n != "" || !errors.Is(err, cart.ErrOrderNumber) {
				t.Fatalf("ParseOrderNumber(%q) = %q, %v", s, string(n), err)
			}
			return
		}
		if !numberForm.MatchString(string(n)) {
			t.Fatalf("ParseOrderNumber(%q) = %q", s, string(n))
		}
		for _, again := range []string{string(n), n.String()} {
			if got, err := cart.ParseOrderNumber(again); got != n || err != nil {
				t.Fatalf("ParseOrderNumber(%q) = %q, %v; want %q", again, string(got), err, string(n))
			}
		}
	})
}
