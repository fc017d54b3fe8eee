package cart_test

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"trolley/internal/cart"
)

// operation is one thing that a shopper, or the shop meanwhile, does to a cart.
// Four bytes spell one, so that a fuzzer can.
type operation struct {
	kind     byte
	p        cart.Product
	quantity int
}

const operationBytes = 4

// quantities holds what no form lets through as well.
var quantities = []int{math.MinInt, math.MinInt32, -20, -1, 0, 21, 99, 200, math.MaxInt32, math.MaxInt}

func readOperation(b []byte) operation {
	o := operation{kind: b[0] % 8, quantity: int(b[2]) % 25}
	if b[2] >= 240 {
		o.quantity = quantities[int(b[2])%len(quantities)]
	}
	o.p = product(fmt.Sprintf("product-%d", b[1]%60), cart.Money(b[3]), int(b[3])-10)
	o.p.Withdrawn = b[3]%16 == 7
	if b[3] == 255 {
		o.p.SKU, o.p.Price = "Not A SKU", -1
	}
	return o
}

// run does the operations that script spells to an empty cart and fails as soon
// as a promise is broken.
func run(t *testing.T, script []byte) {
	t.Helper()
	c := newCart()
	for chunk := range slices.Chunk(script, operationBytes) {
		if len(chunk) == operationBytes {
			c = step(t, c, readOperation(chunk))
		}
	}
	if diff := cmp.Diff(c, decode(t, encode(t, c))); diff != "" {
		t.Fatalf("stored and loaded (-want +got):\n%s", diff)
	}
}

func step(t *testing.T, before cart.Cart, o operation) cart.Cart {
	t.Helper()
	lines, removed := slices.Clone(before.Lines), slices.Clone(before.Removed)
	after := apply(t, before, o)
	if err := after.Validate(); err != nil {
		t.Fatalf("%+v: %v", o, err)
	}
	if !slices.Equal(before.Lines, lines) || !slices.Equal(before.Removed, removed) {
		t.Fatalf("%+v changed the cart that it was done to: %+v, was %+v, %+v", o, before, lines, removed)
	}
	return after
}

func apply(t *testing.T, c cart.Cart, o operation) cart.Cart {
	t.Helper()
	switch o.kind {
	case 0:
		return checkRemoval(t, c, c.Remove(o.p.SKU))
	case 1:
		return c.Undo()
	case 2, 3:
		after, out := c.Set(o.p, o.quantity)
		checkSet(t, c, after, out)
		return after
	case 4:
		if o.quantity == 20 { // rarely, for the cart to fill
			return checkRemoval(t, c, c.Clear())
		}
	}
	after, out := c.Add(o.p, o.quantity)
	checkAdd(t, c, after, o.p, out)
	return after
}

func checkAdd(t *testing.T, before, after cart.Cart, p cart.Product, out cart.Outcome) {
	t.Helper()
	if got, want := after.Quantity()-before.Quantity(), out.Got; got != want {
		t.Fatalf("%+v, but %d units more", out, got)
	}
	if out.Got < 0 || out.Got > max(out.Asked, 0) || (out.Limit != "") != (out.Got < out.Asked) {
		t.Fatalf("add: %+v", out)
	}
	if line, _ := after.Line(p.SKU); out.Got > 0 && (line.Quantity > p.Stock || p.Withdrawn || line.UnitPrice != p.Price) {
		t.Fatalf("%+v of %+v made the line %+v", out, p, line)
	}
}

func checkSet(t *testing.T, before, after cart.Cart, out cart.Outcome) {
	t.Helper()
	was, _ := before.Line(out.SKU)
	now, _ := after.Line(out.SKU)
	if now.Quantity != out.Got || (out.Limit != "") != (out.Got < out.Asked) {
		t.Fatalf("set: %+v, line now %+v", out, now)
	}
	if out.Asked >= was.Quantity && now.Quantity < was.Quantity {
		t.Fatalf("%+v, but %d before and %d after", out, was.Quantity, now.Quantity)
	}
	if out.Asked >= 0 && out.Asked <= was.Quantity && out.Got != out.Asked {
		t.Fatalf("set down from %d: %+v", was.Quantity, out)
	}
}

func checkRemoval(t *testing.T, before, after cart.Cart) cart.Cart {
	t.Helper()
	if undone := after.Undo(); len(after.Lines) < len(before.Lines) && !slices.Equal(undone.Lines, before.Lines) {
		t.Fatalf("removed and undone: %+v, was %+v", undone.Lines, before.Lines)
	}
	return after
}

// scribble writes all over the memory of a cart, to show in whose it is.
func scribble(c cart.Cart) {
	for _, lines := range [][]cart.Line{c.Lines[:cap(c.Lines)], c.Removed[:cap(c.Removed)]} {
		for i := range lines {
			lines[i] = cart.Line{SKU: "scribble", Quantity: -1, UnitPrice: -1}
		}
	}
}

func TestNoSequenceOfOperationsBreaksALimit(t *testing.T) {
	t.Parallel()
	for seed := range uint64(50) {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			t.Parallel()
			rng := rand.New(rand.NewPCG(seed, 0))
			script := make([]byte, 300*operationBytes)
			for i := 0; i < len(script); i += 4 {
				binary.LittleEndian.PutUint32(script[i:], rng.Uint32())
			}
			run(t, script)
		})
	}
}

func TestNoChangeSharesMemoryWithTheCartBefore(t *testing.T) {
	t.Parallel()
	mug := product("mug", 1850, 9)
	before := holding(t, 2, mug, product("towel", 900, 9), product("bell", 100, 9)).Remove("towel")
	changes := map[string]func() cart.Cart{
		"add":             func() cart.Cart { c, _ := before.Add(mug, 1); return c },
		"add another":     func() cart.Cart { c, _ := before.Add(product("tea", 1, 9), 1); return c },
		"add nothing":     func() cart.Cart { c, _ := before.Add(mug, 0); return c },
		"set":             func() cart.Cart { c, _ := before.Set(mug, 1); return c },
		"set to the same": func() cart.Cart { c, _ := before.Set(mug, 2); return c },
		"set to 0":        func() cart.Cart { c, _ := before.Set(mug, 0); return c },
		"remove":          func() cart.Cart { return before.Remove("mug") },
		"remove nothing":  func() cart.Cart { return before.Remove("tea") },
		"clear":           func() cart.Cart { return before.Clear() },
		"undo":            func() cart.Cart { return before.Undo() },
	}
	want := encode(t, before)
	for name, change := range changes {
		scribble(change())
		if got := encode(t, before); got != want {
			t.Errorf("%s: the cart before is now %s, want %s", name, got, want)
		}
	}
}

func FuzzOperations(f *testing.F) {
	f.Add([]byte{5, 0, 3, 99, 5, 1, 20, 99, 0, 0, 0, 0, 1, 0, 0, 0})
	f.Add([]byte{5, 0, 3, 99, 2, 0, 0, 99, 1, 0, 0, 0, 4, 0, 20, 0, 1, 0, 0, 0})
	fill := []byte{}
	for sku := range byte(60) {
		fill = append(fill, 5, sku, 4, 99)
	}
	f.Add(fill)
	f.Fuzz(func(t *testing.T, script []byte) {
		run(t, script[:min(len(script), 100*operationBytes)])
	})
}
