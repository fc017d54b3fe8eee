package verify

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"

	"trolley/internal/cart"
	"trolley/internal/query"
)

// checkStock looks for products of which more was sold than there was.
func (r *run) checkStock(ctx context.Context) ([]Check, error) {
	c := Check{Name: "stock", Of: "products"}
	err := r.eachNumber(ctx, "SELECT sku, stock FROM products ORDER BY sku", func(sku string, stock int64) {
		if c.Seen++; stock < 0 {
			c.wrong("SELECT * FROM products WHERE sku = "+literal(sku), "the stock of %s is %d", sku, stock)
		}
	})
	return []Check{c}, err
}

// checkCartIDs looks for carts that were ordered twice: the column is UNIQUE, so the
// index that says so must have been lost.
func (r *run) checkCartIDs(ctx context.Context) ([]Check, error) {
	c := Check{Name: "one order per cart", Of: "carts"}
	err := r.eachNumber(ctx, "SELECT cart_id, COUNT(*) FROM orders GROUP BY cart_id", func(id string, orders int64) {
		if c.Seen++; orders > 1 {
			c.wrong("SELECT * FROM orders WHERE cart_id = "+literal(id), "cart %s became %d orders", plain(id), orders)
		}
	})
	return []Check{c}, err
}

// eachNumber calls visit with each row of a query for a key and a number.
func (r *run) eachNumber(ctx context.Context, text string, visit func(key string, n int64)) error {
	return query.Each(ctx, r.DB, func(rows *sql.Rows) error {
		var key string
		var n int64
		err := rows.Scan(&key, &n)
		if err == nil {
			visit(key, n)
		}
		return err
	}, text)
}

// order is an order as it is stored, which need not make sense, and what its lines
// sum to.
type order struct {
	number       string
	quantity     int64
	total        cart.Money
	lines        int
	units, price sum
}

type orderChecks struct {
	numbers, lines, totals, quantities Check
}

// checkOrders adds up every order in Go: a sum that overflows is an error in one
// database and a float in another.
func (r *run) checkOrders(ctx context.Context) ([]Check, error) {
	c := orderChecks{
		Check{Name: "order numbers", Of: "orders"}, Check{Name: "order lines", Of: "lines"},
		Check{Name: "order totals", Of: "orders"}, Check{Name: "order quantities", Of: "orders"},
	}
	err := r.inBatches(ctx, "", c.next)
	return []Check{c.numbers, c.lines, c.totals, c.quantities}, err
}

// next checks the orders after a number, with their lines. A line without an order is
// found by the check of references.
func (c *orderChecks) next(ctx context.Context, tx *sql.Tx, after string) (last string, n int, err error) {
	const text = `
SELECT o.number, o.quantity, o.total, l.position, l.quantity, l.unit_price, l.line_total
FROM (SELECT number, quantity, total FROM orders WHERE number > $1 ORDER BY number LIMIT $2) AS o
LEFT JOIN order_lines AS l ON l.order_number = o.number
ORDER BY o.number, l.position`
	var orders []*order
	err = query.Each(ctx, tx, func(rows *sql.Rows) error {
		var o order
		var position, quantity, unitPrice, total sql.NullInt64
		err := rows.Scan(&o.number, &o.quantity, &o.total, &position, &quantity, &unitPrice, &total)
		if err != nil {
			return err
		}
		if o.number != last {
			orders, last = append(orders, &o), o.number
		}
		if position.Valid {
			c.line(orders[len(orders)-1], position.Int64, quantity.Int64, cart.Money(unitPrice.Int64), cart.Money(total.Int64))
		}
		return nil
	}, text, after, batch)
	for _, o := range orders {
		c.order(o)
	}
	return last, len(orders), err
}

func (c *orderChecks) line(o *order, position, quantity int64, unitPrice, total cart.Money) {
	o.lines++
	o.price.add(total)
	o.units.add(cart.Money(quantity)) // no money, but its sums are checked
	c.lines.Seen++
	product, err := unitPrice.Times(int(quantity))
	if err == nil && product == total {
		return
	}
	c.lines.wrong(fmt.Sprintf("SELECT * FROM order_lines WHERE order_number = %s AND position = %d", literal(o.number), position),
		"line %d of order %s has line_total %d, and %d x %d is %v",
		position, plain(o.number), total, quantity, unitPrice, sum{product, err})
}

func (c *orderChecks) order(o *order) {
	row := "SELECT * FROM orders WHERE number = " + literal(o.number)
	c.numbers.Seen++
	if n, err := cart.ParseOrderNumber(o.number); err != nil || string(n) != o.number {
		c.numbers.wrong(row, "%s is no order number: it has a wrong check symbol, or is no number at all", plain(o.number))
	}
	differs := func(c *Check, column string, stored cart.Money, s sum) {
		if c.Seen++; s.err != nil || s.amount != stored {
			c.wrong(row, "order %s has %s %d, and its %d lines sum to %v", plain(o.number), column, stored, o.lines, s)
		}
	}
	differs(&c.totals, "total", o.total, o.price)
	differs(&c.quantities, "quantity", cart.Money(o.quantity), o.units)
}

// sum is an amount that may have become too large on the way.
type sum struct {
	amount cart.Money
	err    error
}

func (s *sum) add(m cart.Money) {
	if s.err == nil {
		s.amount, s.err = s.amount.Plus(m)
	}
}

// String returns the sum for people.
func (s sum) String() string {
	if s.err != nil {
		return "more than fits"
	}
	return strconv.FormatInt(int64(s.amount), 10)
}
