package cart_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"trolley/internal/cart"
)

func TestUndoPutsBackWhatWasRemovedWhereItWas(t *testing.T) {
	t.Parallel()
	products := manyProducts(5)
	before := holding(t, 3, products...)
	for _, p := range products {
		if diff := cmp.Diff(before, before.Remove(p.SKU).Undo()); diff != "" {
			t.Errorf("remove %s, undo (-before +after):\n%s", p.SKU, diff)
		}
		zero, _ := before.Set(p, 0)
		if diff := cmp.Diff(before, zero.Undo()); diff != "" {
			t.Errorf("set %s to 0, undo (-before +after):\n%s", p.SKU, diff)
		}
	}
	cleared := before.Clear()
	if !cleared.Empty() || cleared.ID != before.ID {
		t.Errorf("clear left %d lines under ID %s, want none under %s", len(cleared.Lines), cleared.ID, before.ID)
	}
	if diff := cmp.Diff(before, cleared.Undo()); diff != "" {
		t.Errorf("clear, undo (-before +after):\n%s", diff)
	}
}

func TestUndoOutlivesTheSession(t *testing.T) {
	t.Parallel()
	before := holding(t, 3, manyProducts(5)...)
	after := decode(t, encode(t, before.Remove("product-2"))).Undo()
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("remove, store, load, undo (-before +after):\n%s", diff)
	}
}

func TestOnlyAChangeForgetsWhatWasRemoved(t *testing.T) {
	t.Parallel()
	mug, towel := product("mug", 1850, 20), product("towel", 900, 20)
	removed := holding(t, 2, mug, towel).Remove("mug")
	tests := map[string]struct {
		do   func(cart.Cart) cart.Cart
		kept bool
	}{
		"a second click on remove": {func(c cart.Cart) cart.Cart { return c.Remove("mug") }, true},
		"set to what it is":        {func(c cart.Cart) cart.Cart { c, _ = c.Set(towel, 2); return c }, true},
		"add of nothing":           {func(c cart.Cart) cart.Cart { c, _ = c.Add(withdrawn(mug), 1); return c }, true},
		"add":                      {func(c cart.Cart) cart.Cart { c, _ = c.Add(mug, 1); return c }, false},
		"set":                      {func(c cart.Cart) cart.Cart { c, _ = c.Set(towel, 1); return c }, false},
		"undo":                     {func(c cart.Cart) cart.Cart { return c.Undo() }, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := tt.do(removed)
			if got := len(c.Removed) > 0; got != tt.kept {
				t.Errorf("undo possible: %v, want %v", got, tt.kept)
			}
			if diff := cmp.Diff(c.Undo(), c.Undo().Undo()); diff != "" {
				t.Errorf("a second undo changed the cart (-once +twice):\n%s", diff)
			}
		})
	}
	twice := removed.Clear().Clear()
	if diff := cmp.Diff([]cart.Line{{SKU: "towel", Quantity: 2, UnitPrice: 900}}, twice.Removed); diff != "" {
		t.Errorf("a second clear lost the undo of the first (-want +got):\n%s", diff)
	}
}
