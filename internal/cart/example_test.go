package cart_test

import (
	"fmt"

	"trolley/internal/cart"
)

// A shopper asks for more than there is, the price rises, and the checkout
// tells what changed since it was shown.
func Example() {
	mug := cart.Product{SKU: "enamel-mug", Name: "Enamel mug", Price: 1850, Stock: 3}

	c, out := newCart().Add(mug, 5)
	fmt.Printf("asked %d, got %d: %s\n", out.Asked, out.Got, out.Limit)

	q, _ := c.Quote(map[string]cart.Product{mug.SKU: mug})
	shown := q.Shown()
	fmt.Printf("shown %q, subtotal %d\n", shown, q.Subtotal)

	mug.Price = 2000
	q, _ = c.Quote(map[string]cart.Product{mug.SKU: mug})
	for _, d := range q.Since(shown) {
		fmt.Printf("%s: was %d, now %d\n", d.Name, d.Was.UnitPrice, d.Now.UnitPrice)
	}
	// Output:
	// asked 5, got 3: stock
	// shown "enamel-mug 3 1850", subtotal 5550
	// Enamel mug: was 1850, now 2000
}
