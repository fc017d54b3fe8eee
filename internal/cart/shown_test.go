package cart_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"trolley/internal/cart"
)

func TestShownIsReadable(t *testing.T) {
	t.Parallel()
	mug, towel := product("enamel-mug", 1850, 9), product("tea-towel", 900, 9)
	c, _ := holding(t, 1, mug, towel).Add(mug, 1)
	if got, want := quote(t, c, mug, towel).Shown(), "enamel-mug 2 1850;tea-towel 1 900"; got != want {
		t.Errorf("shown %q, want %q", got, want)
	}
	if got := quote(t, newCart()).Shown(); got != "" {
		t.Errorf("an empty cart shows %q", got)
	}
}

func TestNothingDiffersFromWhatIsShown(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(3, 4))
	for range 2000 {
		c, products := randomCart(rng)
		q, err := c.Quote(products)
		if err != nil {
			continue
		}
		for _, d := range q.Since(q.Shown()) {
			if d.Notice == "" || d.Was == nil || d.Now == nil || *d.Was != *d.Now {
				t.Fatalf("differs from itself: %+v", d)
			}
		}
		if got := q.Since(q.Shown()) != nil; got != q.Blocked() {
			t.Fatalf("differences: %v, blocked: %v", got, q.Blocked())
		}
	}
}

func TestEveryDifferenceIsTold(t *testing.T) {
	t.Parallel()
	mug, towel, bell := product("mug", 1850, 9), product("towel", 900, 9), product("bell", 5, 9)
	c := holding(t, 2, mug, towel)
	const asShown = "mug 2 1850;towel 2 900"
	two := func(price cart.Money) *cart.Shown { return &cart.Shown{Quantity: 2, UnitPrice: price} }
	tests := map[string]struct {
		shown    string
		cart     cart.Cart
		products []cart.Product
		want     []cart.Difference
	}{
		"nothing":       {asShown, c, []cart.Product{mug, towel}, nil},
		"another order": {"towel 2 900;mug 2 1850", c, []cart.Product{mug, towel}, nil},
		"price": {asShown, c, []cart.Product{product("mug", 2000, 9), towel}, []cart.Difference{
			{SKU: "mug", Name: "The mug", Was: two(1850), Now: two(2000)}}},
		"quantity": {"mug 2 1850;towel 3 900", c, []cart.Product{mug, towel}, []cart.Difference{
			{SKU: "towel", Name: "The towel", Was: &cart.Shown{Quantity: 3, UnitPrice: 900}, Now: two(900)}}},
		"a new line": {"towel 2 900", c, []cart.Product{mug, towel}, []cart.Difference{
			{SKU: "mug", Name: "The mug", Now: two(1850)}}},
		"a line gone": {asShown + ";bell 2 5", c, []cart.Product{mug, towel, bell}, []cart.Difference{
			{SKU: "bell", Name: "bell", Was: two(5)}}},
		"sold out": {asShown, c, []cart.Product{mug, product("towel", 900, 0)}, []cart.Difference{
			{SKU: "towel", Name: "The towel", Was: two(900), Now: two(900), Notice: "sold out"}}},
		"fewer left, dearer": {asShown, c, []cart.Product{mug, product("towel", 950, 1)}, []cart.Difference{
			{SKU: "towel", Name: "The towel", Was: two(900), Now: two(950), Notice: "only 1 left", Left: 1}}},
		"withdrawn": {asShown, c, []cart.Product{mug}, []cart.Difference{
			{SKU: "towel", Name: "towel", Was: two(900), Now: two(900), Notice: "no longer sold"}}},
		"all gone": {asShown, newCart(), nil, []cart.Difference{
			{SKU: "mug", Name: "mug", Was: two(1850)}, {SKU: "towel", Name: "towel", Was: two(900)}}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, quote(t, tt.cart, tt.products...).Since(tt.shown)); diff != "" {
				t.Errorf("differences (-want +got):\n%s", diff)
			}
		})
	}
}

func TestEveryLineIsNewToWhatWasNeverShown(t *testing.T) {
	t.Parallel()
	mug, towel := product("mug", 1850, 9), product("towel", 900, 9)
	q := quote(t, holding(t, 2, mug, towel), mug, towel)
	never := []string{
		"", ";", " ", "mug", "mug 2", "mug 2 1850;", ";mug 2 1850", "mug 2 1850 ", "mug  2 1850", "mug 2 1850;mug 2 1850",
		"mug 02 1850", "mug +2 1850", "mug 2 1850.0", "mug 2 1e3", "mug two 1850", "Mug 2 1850", "mug 2 1850;towel",
		"mug 2 9223372036854775808", "mug 9223372036854775808 1850", "mug\x002 1850", "mug 2 1850\n", "mug ２ 1850",
		strings.Repeat("mug 2 1850;", 1000),
	}
	for _, shown := range never {
		var got []string
		for _, d := range q.Since(shown) {
			if d.Was != nil {
				t.Errorf("%.40q: %s was %+v, want it new", shown, d.SKU, *d.Was)
			}
			got = append(got, d.SKU)
		}
		if diff := cmp.Diff([]string{"mug", "towel"}, got); diff != "" {
			t.Errorf("%.40q: new lines (-want +got):\n%s", shown, diff)
		}
	}
}

func FuzzShown(f *testing.F) {
	mug, towel := product("mug", 1850, 9), product("towel", 900, 9)
	q := quote(f, holding(f, 2, mug, towel), mug, towel)
	for _, s := range []string{q.Shown(), "", "mug 2 1850", "mug 2 1850;mug 2 1850", "towel 2 900;mug 2 1850", "x -1 -1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, shown string) {
		differences := q.Since(shown)
		same := shown == q.Shown() || shown == "towel 2 900;mug 2 1850"
		if got := differences == nil; got != same {
			t.Fatalf("%q passes for what is shown: %v", shown, got)
		}
		// What is gone was shown in canonical form, word for word.
		for _, d := range differences {
			if d.Was == nil {
				continue
			}
			lines := []cart.QuoteLine{{SKU: d.SKU, Quantity: d.Was.Quantity, UnitPrice: d.Was.UnitPrice}}
			if text := (cart.Quote{Lines: lines}).Shown(); !strings.Contains(shown, text) {
				t.Fatalf("%q was read as %q", shown, text)
			}
		}
	})
}
