package cart_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"trolley/internal/cart"
)

var (
	zoe    = cart.Contact{Name: "Zoe", Email: "zoe@example.com", Address: address}
	placed = time.Date(2026, 11, 23, 11, 14, 0, 0, time.FixedZone("CET", 3600))
)

func TestAnOrderIsTheQuoteFrozen(t *testing.T) {
	t.Parallel()
	mug, towel := product("mug", 2000, 9), product("towel", 900, 9)
	c := holding(t, 2, product("mug", 1850, 9), towel)
	got := quote(t, c, mug, towel).Order("7KQ29XMA4TCF", zoe, placed)
	want := cart.Order{
		Number: "7KQ29XMA4TCF", CartID: c.ID, Contact: zoe, Currency: "EUR", Quantity: 4, Total: 5800,
		PlacedAt: time.Date(2026, 11, 23, 10, 14, 0, 0, time.UTC),
		Lines: []cart.OrderLine{
			{SKU: "mug", Name: "The mug", UnitPrice: 2000, Quantity: 2, LineTotal: 4000},
			{SKU: "towel", Name: "The towel", UnitPrice: 900, Quantity: 2, LineTotal: 1800},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
	if got.PlacedAt.Location() != time.UTC {
		t.Errorf("placed at %s, want UTC", got.PlacedAt)
	}
}

func TestAnOrderIsTheSumOfWhatCanBeBought(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(5, 6))
	for range 2000 {
		c, products := randomCart(rng)
		q, err := c.Quote(products)
		if err != nil {
			continue
		}
		o := q.Order(cart.NewOrderNumber(), zoe, placed)
		var total cart.Money
		units := 0
		for _, line := range o.Lines {
			if p := products[line.SKU]; p.Withdrawn || p.Stock < line.Quantity {
				t.Fatalf("ordered %+v of %+v", line, p)
			}
			total += line.UnitPrice * cart.Money(line.Quantity)
			units += line.Quantity
		}
		if o.Total != total || o.Quantity != units {
			t.Fatalf("total %d of %d units, lines come to %d of %d", o.Total, o.Quantity, total, units)
		}
		if !q.Blocked() && (o.Total != q.Subtotal || o.Quantity != q.Quantity) {
			t.Fatalf("total %d of %d units, shown %d of %d", o.Total, o.Quantity, q.Subtotal, q.Quantity)
		}
	}
}
