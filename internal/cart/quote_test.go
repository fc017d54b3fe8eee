package cart_test

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"trolley/internal/cart"
)

func TestAQuoteShowsLivePrices(t *testing.T) {
	t.Parallel()
	c := holding(t, 2, product("mug", 1850, 9), product("towel", 900, 9))
	got := quote(t, c, product("mug", 2000, 9), product("towel", 900, 7), product("bell", 1, 1))
	want := cart.Quote{
		ID: c.ID, Currency: "EUR", Quantity: 4, Subtotal: 5800,
		Lines: []cart.QuoteLine{
			{SKU: "mug", Name: "The mug", Quantity: 2, UnitPrice: 2000, LineTotal: 4000, Stock: 9,
				Notice:  "The price has gone up from €18.50 to €20.00 since you added it.",
				Notices: []cart.Notice{{Kind: cart.NoticePriceRose, PriceChange: &cart.PriceChange{Was: 1850, Now: 2000}}}},
			{SKU: "towel", Name: "The towel", Quantity: 2, UnitPrice: 900, LineTotal: 1800, Stock: 7,
				Notices: []cart.Notice{}},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("quote (-want +got):\n%s", diff)
	}
	if got.Blocked() {
		t.Error("blocked by a price")
	}
}

func TestEveryTroubleOfALineIsNoticed(t *testing.T) {
	t.Parallel()
	mug := func(price cart.Money, stock int) *cart.Product { p := product("mug", price, stock); return &p }
	gone := withdrawn(*mug(2000, 9))
	tests := map[string]struct {
		live    *cart.Product
		total   cart.Money
		stock   int
		blocked bool
		want    []cart.Notice
	}{
		"none":                 {mug(1850, 5), 9250, 5, false, []cart.Notice{}},
		"sold out":             {mug(1850, 0), 0, 0, true, []cart.Notice{{Kind: cart.NoticeSoldOut}}},
		"sold out and dearer":  {mug(2000, -3), 0, 0, true, []cart.Notice{{Kind: cart.NoticeSoldOut}}},
		"only left":            {mug(1850, 4), 9250, 4, true, []cart.Notice{{Kind: cart.NoticeOnlyLeft, Left: 4}}},
		"withdrawn":            {&gone, 0, 0, true, []cart.Notice{{Kind: cart.NoticeWithdrawn}}},
		"product gone":         {nil, 0, 0, true, []cart.Notice{{Kind: cart.NoticeWithdrawn}}},
		"price below nothing":  {mug(-1, 9), 0, 0, true, []cart.Notice{{Kind: cart.NoticeWithdrawn}}},
		"dearer":               {mug(1900, 9), 9500, 9, false, []cart.Notice{{Kind: cart.NoticePriceRose, PriceChange: &cart.PriceChange{Was: 1850, Now: 1900}}}},
		"cheaper":              {mug(1800, 9), 9000, 9, false, []cart.Notice{{Kind: cart.NoticePriceFell, PriceChange: &cart.PriceChange{Was: 1850, Now: 1800}}}},
		"for nothing":          {mug(0, 9), 0, 9, false, []cart.Notice{{Kind: cart.NoticePriceFell, PriceChange: &cart.PriceChange{Was: 1850}}}},
		"only left and dearer": {mug(1900, 1), 9500, 1, true, []cart.Notice{{Kind: cart.NoticeOnlyLeft, Left: 1}, {Kind: cart.NoticePriceRose, PriceChange: &cart.PriceChange{Was: 1850, Now: 1900}}}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			products := map[string]cart.Product{}
			if tt.live != nil {
				products["mug"] = *tt.live
			}
			q, err := holding(t, 5, *mug(1850, 5)).Quote(products)
			if err != nil {
				t.Fatal(err)
			}
			line := q.Lines[0]
			if diff := cmp.Diff(tt.want, line.Notices); diff != "" {
				t.Errorf("notices (-want +got):\n%s", diff)
			}
			if line.LineTotal != tt.total || q.Subtotal != tt.total {
				t.Errorf("line total %d, subtotal %d, want %d", line.LineTotal, q.Subtotal, tt.total)
			}
			if line.Stock != tt.stock || q.Blocked() != tt.blocked || line.Blocked() != tt.blocked {
				t.Errorf("stock %d, blocked %v; want %d, %v", line.Stock, q.Blocked(), tt.stock, tt.blocked)
			}
		})
	}
}

func TestALineWhoseProductIsGoneShowsWhatItRemembers(t *testing.T) {
	t.Parallel()
	line := quote(t, holding(t, 2, product("mug", 1850, 9))).Lines[0]
	if line.Name != "mug" || line.UnitPrice != 1850 {
		t.Errorf("shown as %q at %d, want the SKU and the remembered price", line.Name, line.UnitPrice)
	}
}

func TestTheEmptyCartCostsNothing(t *testing.T) {
	t.Parallel()
	var c cart.Cart
	want := cart.Quote{Currency: "EUR", Lines: []cart.QuoteLine{}}
	if diff := cmp.Diff(want, quote(t, c)); diff != "" {
		t.Errorf("quote (-want +got):\n%s", diff)
	}
	if got, want := encode(t, quote(t, c)), `{"id":"","currency":"EUR","lines":[],"quantity":0,"subtotal":0}`; got != want {
		t.Errorf("as JSON %s, want %s", got, want)
	}
}

// randomCart returns a cart and the products that it is quoted against, with
// prices of every size.
func randomCart(rng *rand.Rand) (cart.Cart, map[string]cart.Product) {
	c, products := newCart(), map[string]cart.Product{}
	bits := rng.IntN(63)
	for i := range rng.IntN(cart.MaxLines + 1) {
		p := product(fmt.Sprintf("p-%d", i), cart.Money(rng.Int64()>>bits), rng.IntN(40))
		c, _ = c.Add(p, 1+rng.IntN(cart.MaxPerLine))
		p.Stock = rng.IntN(40) - 1
		p.Withdrawn = rng.IntN(9) == 0
		if rng.IntN(9) > 0 {
			products[p.SKU] = p
		}
	}
	return c, products
}

// exactTotal is the total in arithmetic that cannot overflow.
func exactTotal(c cart.Cart, products map[string]cart.Product) *big.Int {
	total := new(big.Int)
	for _, line := range c.Lines {
		if p, ok := products[line.SKU]; ok && !p.Withdrawn && p.Stock > 0 {
			price, quantity := big.NewInt(int64(p.Price)), big.NewInt(int64(line.Quantity))
			total.Add(total, price.Mul(price, quantity))
		}
	}
	return total
}

func TestTotalsAreSums(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	overflows := 0
	for range 5000 {
		c, products := randomCart(rng)
		q, err := c.Quote(products)
		if !exactly(q.Subtotal, err, exactTotal(c, products)) {
			t.Fatalf("subtotal %d, %v; exactly %v", q.Subtotal, err, exactTotal(c, products))
		}
		if err != nil {
			overflows++
			continue
		}
		var sum cart.Money
		units := 0
		for _, line := range q.Lines {
			sum += line.LineTotal
			units += line.Quantity
			if line.LineTotal != 0 && line.LineTotal != line.UnitPrice*cart.Money(line.Quantity) {
				t.Fatalf("line %+v", line)
			}
		}
		if q.Subtotal != sum || q.Quantity != units || units != c.Quantity() {
			t.Fatalf("subtotal %d of %d units, lines sum to %d of %d", q.Subtotal, q.Quantity, sum, units)
		}
	}
	if overflows == 0 || overflows == 5000 {
		t.Errorf("%d of 5000 carts overflow, want some of each", overflows)
	}
}

func TestTotalsThatDoNotFitAreAnError(t *testing.T) {
	t.Parallel()
	most := product("most", math.MaxInt64, 9)
	one := product("one", 1, 9)
	for name, c := range map[string]cart.Cart{"line": holding(t, 2, most), "sum": holding(t, 1, most, one)} {
		if q, err := c.Quote(bySKU(most, one)); !errors.Is(err, cart.ErrOverflow) {
			t.Errorf("%s: subtotal %d, %v; want ErrOverflow", name, q.Subtotal, err)
		}
	}
	if got, want := quote(t, holding(t, 1, most), most).Subtotal, cart.Money(math.MaxInt64); got != want {
		t.Errorf("subtotal = %d, want %d", got, want)
	}
}

// It is not parallel: allocations are counted for the whole process.
func TestAQuoteAllocatesItsLinesOnly(t *testing.T) {
	products := manyProducts(cart.MaxLines)
	c, live := holding(t, 4, products...), bySKU(products...)
	got := testing.AllocsPerRun(100, func() {
		if _, err := c.Quote(live); err != nil {
			t.Fatal(err)
		}
	})
	if want := 1.0; got > want {
		t.Errorf("%v allocations for a quote of 50 lines, want %v", got, want)
	}
}

func BenchmarkQuoteOf50Lines(b *testing.B) {
	products := manyProducts(cart.MaxLines)
	c, live := holding(b, 4, products...), bySKU(products...)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Quote(live); err != nil {
			b.Fatal(err)
		}
	}
}
