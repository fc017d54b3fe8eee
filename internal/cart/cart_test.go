package cart_test

import (
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"

	"trolley/internal/cart"
)

func TestANewCartIsEmptyAndValid(t *testing.T) {
	t.Parallel()
	c := newCart()
	if !c.Empty() || c.Quantity() != 0 {
		t.Errorf("new cart holds %d units in %d lines, want none", c.Quantity(), len(c.Lines))
	}
	if err := c.Validate(); err != nil {
		t.Error(err)
	}
	if _, in := c.Line("mug"); in {
		t.Error("new cart has a line")
	}
}

func TestNoTwoCartsShareAnID(t *testing.T) {
	t.Parallel()
	form := regexp.MustCompile(`\A[a-z2-7]{26}\z`)
	seen := map[string]bool{}
	for range 1000 {
		id := cart.NewID()
		if !form.MatchString(id) {
			t.Fatalf("ID %q is not 128 bits of lower-case base32", id)
		}
		if seen[id] {
			t.Fatalf("ID %q twice", id)
		}
		seen[id] = true
	}
}

func TestTheZeroCartBecomesACartWithItsFirstAdd(t *testing.T) {
	t.Parallel()
	got, _ := cart.Cart{}.Add(product("mug", 1850, 5), 2)
	if err := got.Validate(); err != nil {
		t.Error(err)
	}
	want := []cart.Line{{SKU: "mug", Quantity: 2, UnitPrice: 1850}}
	if diff := cmp.Diff(want, got.Lines); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
	nothing, _ := cart.Cart{}.Add(product("mug", 1850, 0), 1)
	if diff := cmp.Diff(cart.Cart{}, nothing); diff != "" {
		t.Errorf("an add of nothing changed the cart (-want +got):\n%s", diff)
	}
}

func TestLinesStayInTheOrderOfAdding(t *testing.T) {
	t.Parallel()
	mug, towel, bell := product("mug", 1850, 9), product("towel", 900, 9), product("bell", 100, 9)
	c := holding(t, 1, towel, mug, bell)
	c, _ = c.Add(mug, 1)
	c, _ = c.Set(towel, 5)
	var got []string
	for _, line := range c.Lines {
		got = append(got, line.SKU)
	}
	if diff := cmp.Diff([]string{"towel", "mug", "bell"}, got); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
	if got, want := c.Quantity(), 8; got != want {
		t.Errorf("quantity = %d, want %d", got, want)
	}
}
