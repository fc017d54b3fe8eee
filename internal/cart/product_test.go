package cart_test

import (
	"regexp"
	"strings"
	"testing"

	"trolley/internal/cart"
)

func TestOnlySKUsAreSKUs(t *testing.T) {
	t.Parallel()
	tests := map[string]bool{
		"mug": true, "enamel-mug": true, "7": true, "a-1-b-2": true, strings.Repeat("x", 40): true,
		"": false, "-": false, "-mug": false, "mug-": false, "enamel--mug": false, "Mug": false,
		"enamel mug": false, "enamel_mug": false, "mug\n": false, "mug\x00": false, "müg": false,
		"../mug": false, "mug;tea": false, "ｍug": false, strings.Repeat("x", 41): false,
	}
	for s, want := range tests {
		checkSKU(t, s, want)
	}
}

func checkSKU(t *testing.T, s string, want bool) {
	t.Helper()
	if got := cart.IsSKU(s); got != want {
		t.Errorf("IsSKU(%q) = %t", s, got)
	}
}

func FuzzSKU(f *testing.F) {
	for _, s := range []string{"enamel-mug", "-", "a--b", "A", strings.Repeat("a-", 21)} {
		f.Add(s)
	}
	sku := regexp.MustCompile(`\A[a-z0-9]+(-[a-z0-9]+)*\z`)
	f.Fuzz(func(t *testing.T, s string) {
		checkSKU(t, s, len(s) <= 40 && sku.MatchString(s))
	})
}
