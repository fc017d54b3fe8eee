package cart_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"trolley/internal/cart"
)

func newCart() cart.Cart {
	return cart.Cart{ID: cart.NewID(), Currency: cart.Currency, Lines: []cart.Line{}}
}

func product(sku string, price cart.Money, stock int) cart.Product {
	return cart.Product{SKU: sku, Name: "The " + sku, Price: price, Stock: stock}
}

func withdrawn(p cart.Product) cart.Product {
	p.Withdrawn = true
	return p
}

// bySKU is the catalogue that a quote is made against.
func bySKU(products ...cart.Product) map[string]cart.Product {
	m := make(map[string]cart.Product, len(products))
	for _, p := range products {
		m[p.SKU] = p
	}
	return m
}

// holding returns a cart with quantity units of each of products.
func holding(t testing.TB, quantity int, products ...cart.Product) cart.Cart {
	t.Helper()
	c := newCart()
	for _, p := range products {
		var out cart.Outcome
		if c, out = c.Add(p, quantity); out.Got != quantity {
			t.Fatalf("add %d of %s: %+v", quantity, p.SKU, out)
		}
	}
	return c
}

// manyProducts returns n products in ample stock.
func manyProducts(n int) []cart.Product {
	products := make([]cart.Product, n)
	for i := range products {
		products[i] = product(fmt.Sprintf("product-%d", i), cart.Money(100+i), 1000)
	}
	return products
}

func quote(t testing.TB, c cart.Cart, products ...cart.Product) cart.Quote {
	t.Helper()
	q, err := c.Quote(bySKU(products...))
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func encode(t testing.TB, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func decode(t testing.TB, data string) cart.Cart {
	t.Helper()
	var c cart.Cart
	if err := json.Unmarshal([]byte(data), &c); err != nil {
		t.Fatal(err)
	}
	return c
}
