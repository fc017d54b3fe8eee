package cart_test

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"trolley/internal/cart"
)

func TestAddTakesWhatFitsAndSaysWhy(t *testing.T) {
	t.Parallel()
	mug := product("mug", 1850, 100)
	full := holding(t, 4, manyProducts(cart.MaxLines)...)
	tests := map[string]struct {
		cart  cart.Cart
		p     cart.Product
		asked int
		got   int
		limit cart.Limit
	}{
		"all":                   {newCart(), mug, 3, 3, cart.LimitNone},
		"the last in stock":     {newCart(), product("mug", 1, 3), 3, 3, cart.LimitNone},
		"stock":                 {newCart(), product("mug", 1, 3), 5, 3, cart.LimitStock},
		"stock, already held":   {holding(t, 2, mug), product("mug", 1, 3), 5, 1, cart.LimitStock},
		"less than held left":   {holding(t, 5, mug), product("mug", 1, 3), 1, 0, cart.LimitStock},
		"sold out":              {newCart(), product("mug", 1, 0), 1, 0, cart.LimitStock},
		"stock below nothing":   {newCart(), product("mug", 1, math.MinInt), 1, 0, cart.LimitStock},
		"line":                  {newCart(), mug, 99, 20, cart.LimitLine},
		"line, already held":    {holding(t, 18, mug), mug, 5, 2, cart.LimitLine},
		"line full":             {holding(t, 20, mug), mug, 1, 0, cart.LimitLine},
		"lines":                 {holding(t, 1, manyProducts(cart.MaxLines)...), mug, 1, 0, cart.LimitLines},
		"units":                 {holding(t, 19, manyProducts(10)...), mug, 20, 10, cart.LimitUnits},
		"units full, line held": {full, manyProducts(1)[0], 1, 0, cart.LimitUnits},
		"stock before line":     {holding(t, 20, mug), product("mug", 1, 20), 1, 0, cart.LimitStock},
		"sold out before full":  {full, product("mug", 1, 0), 1, 0, cart.LimitStock},
		"withdrawn":             {newCart(), withdrawn(mug), 1, 0, cart.LimitWithdrawn},
		"price below nothing":   {newCart(), product("mug", -1, 9), 1, 0, cart.LimitWithdrawn},
		"no SKU":                {newCart(), product("", 1, 9), 1, 0, cart.LimitWithdrawn},
		"a SKU that none is":    {newCart(), product("Big Mug", 1, 9), 1, 0, cart.LimitWithdrawn},
		"nothing":               {newCart(), mug, 0, 0, cart.LimitNone},
		"less than nothing":     {holding(t, 5, mug), mug, -3, 0, cart.LimitNone},
		"the least int":         {holding(t, 5, mug), mug, math.MinInt, 0, cart.LimitNone},
		"the largest int":       {holding(t, 5, mug), mug, math.MaxInt, 15, cart.LimitLine},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, out := tt.cart.Add(tt.p, tt.asked)
			want := cart.Outcome{SKU: tt.p.SKU, Asked: tt.asked, Got: tt.got, Limit: tt.limit}
			if diff := cmp.Diff(want, out); diff != "" {
				t.Errorf("outcome (-want +got):\n%s", diff)
			}
			if got, want := c.Quantity(), tt.cart.Quantity()+tt.got; got != want {
				t.Errorf("units = %d, want %d", got, want)
			}
			if err := c.Validate(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestSetMakesTheQuantityAndSaysWhyNot(t *testing.T) {
	t.Parallel()
	mug := product("mug", 1850, 100)
	scarce := product("mug", 1850, 3)
	tests := map[string]struct {
		held  int
		p     cart.Product
		asked int
		got   int
		limit cart.Limit
	}{
		"up":                         {2, mug, 7, 7, cart.LimitNone},
		"down":                       {7, mug, 2, 2, cart.LimitNone},
		"the same":                   {7, mug, 7, 7, cart.LimitNone},
		"to nothing":                 {7, mug, 0, 0, cart.LimitNone},
		"up to the stock":            {2, scarce, 5, 3, cart.LimitStock},
		"up to the line":             {2, mug, 99, 20, cart.LimitLine},
		"up beyond less stock":       {5, scarce, 7, 5, cart.LimitStock},
		"down to more than in stock": {9, scarce, 4, 4, cart.LimitNone},
		"down, withdrawn":            {9, withdrawn(mug), 4, 4, cart.LimitNone},
		"up, withdrawn":              {4, withdrawn(mug), 9, 4, cart.LimitWithdrawn},
		"to nothing, withdrawn":      {4, withdrawn(mug), 0, 0, cart.LimitNone},
		"less than nothing":          {4, mug, -1, 4, cart.LimitNone},
		"the least int":              {4, mug, math.MinInt, 4, cart.LimitNone},
		"the largest int":            {4, mug, math.MaxInt, 20, cart.LimitLine},
		"not held":                   {0, scarce, 5, 3, cart.LimitStock},
		"not held, to nothing":       {0, mug, 0, 0, cart.LimitNone},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before, _ := newCart().Add(mug, tt.held)
			c, out := before.Set(tt.p, tt.asked)
			want := cart.Outcome{SKU: "mug", Asked: tt.asked, Got: tt.got, Limit: tt.limit}
			if diff := cmp.Diff(want, out); diff != "" {
				t.Errorf("outcome (-want +got):\n%s", diff)
			}
			if line, in := c.Line("mug"); line.Quantity != tt.got || in != (tt.got > 0) {
				t.Errorf("line %+v, in cart %v; want %d units", line, in, tt.got)
			}
		})
	}
}

func TestALineRemembersThePriceOfItsLatestAdd(t *testing.T) {
	t.Parallel()
	c := holding(t, 19, product("mug", 1850, 100))
	steps := []struct {
		name string
		do   func(cart.Cart) (cart.Cart, cart.Outcome)
		want cart.Money
	}{
		{"set down", func(c cart.Cart) (cart.Cart, cart.Outcome) { return c.Set(product("mug", 2000, 100), 5) }, 1850},
		{"set up", func(c cart.Cart) (cart.Cart, cart.Outcome) { return c.Set(product("mug", 2000, 100), 7) }, 1850},
		{"add", func(c cart.Cart) (cart.Cart, cart.Outcome) { return c.Add(product("mug", 2000, 100), 1) }, 2000},
		{"add of nothing", func(c cart.Cart) (cart.Cart, cart.Outcome) { return c.Add(product("mug", 1700, 0), 1) }, 2000},
		{"add at less", func(c cart.Cart) (cart.Cart, cart.Outcome) { return c.Add(product("mug", 1600, 100), 1) }, 1600},
	}
	for _, step := range steps {
		c, _ = step.do(c)
		if line, _ := c.Line("mug"); line.UnitPrice != step.want {
			t.Errorf("after %s: remembered %d, want %d", step.name, line.UnitPrice, step.want)
		}
	}
}
