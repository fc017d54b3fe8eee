package verify

import (
	"context"
	"database/sql"
	"fmt"
	"math/big"

	"trolley/internal/cart"
	"trolley/internal/query"
)

// checkStock looks for products of which more was sold than there was.
func (d Database) checkStock(ctx context.Context) ([]Check, error) {
	negative := func(stock int64) bool { return stock < 0 }
	return d.checkNumbers(ctx, Check{Name: "stock", Of: "products"}, "SELECT sku, stock FROM products ORDER BY sku", negative,
		"SELECT * FROM products WHERE sku = ", "the stock of %s is %d")
}

// checkCartIDs looks for carts that were ordered twice: the column is UNIQUE, so the
// index that says so must have been lost.
func (d Database) checkCartIDs(ctx context.Context) ([]Check, error) {
	several := func(orders int64) bool { return orders > 1 }
	return d.checkNumbers(ctx, Check{Name: "one order per cart", Of: "carts"}, "SELECT cart_id, COUNT(*) FROM orders GROUP BY cart_id", several,
		"SELECT * FROM orders WHERE cart_id = ", "cart %s became %d orders")
}

// checkNumbers checks each row of a query for a key and a number. row is SQL that shows
// the row, up to the key.
func (d Database) checkNumbers(ctx context.Context, c Check, text string, isWrong func(int64) bool, row, problem string) ([]Check, error) {
	err := query.Each(ctx, d.DB, func(rows *sql.Rows) error {
		var key string
		var n int64
		err := rows.Scan(&key, &n)
		if c.Seen++; err == nil && isWrong(n) {
			c.wrong(row+literal(key), problem, plain(key), n)
		}
		return err
	}, text)
	return []Check{c}, err
}

// order is a stored order, which need not make sense, and what its lines
// sum to.
type order struct {
	number          string
	quantity, total int64
	lines           int
	units, price    big.Int
}

type orderChecks struct {
	numbers, lines, totals, quantities Check
}

// checkOrders adds up every order in Go: a sum that overflows is an error in one
// database and a float in another.
func (d Database) checkOrders(ctx context.Context) ([]Check, error) {
	c := orderChecks{
		Check{Name: "order numbers", Of: "orders"}, Check{Name: "order lines", Of: "lines"},
		Check{Name: "order totals", Of: "orders"}, Check{Name: "order quantities", Of: "orders"},
	}
	err := d.inBatches(ctx, "", c.next)
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
			c.line(orders[len(orders)-1], position.Int64, quantity.Int64, unitPrice.Int64, total.Int64)
		}
		return nil
	}, text, after, batch)
	for _, o := range orders {
		c.order(o)
	}
	return last, len(orders), err
}

func (c *orderChecks) line(o *order, position, quantity, unitPrice, total int64) {
	o.lines++
	o.price.Add(&o.price, big.NewInt(total))
	o.units.Add(&o.units, big.NewInt(quantity))
	c.lines.Seen++
	product := big.NewInt(unitPrice)
	if product.Mul(product, big.NewInt(quantity)).Cmp(big.NewInt(total)) == 0 {
		return
	}
	c.lines.wrong(fmt.Sprintf("SELECT * FROM order_lines WHERE order_number = %s AND position = %d", literal(o.number), position),
		"line %d of order %s has line_total %d, and %d x %d is %s",
		position, plain(o.number), total, quantity, unitPrice, written(product))
}

func (c *orderChecks) order(o *order) {
	row := "SELECT * FROM orders WHERE number = " + literal(o.number)
	c.numbers.Seen++
	if n, err := cart.ParseOrderNumber(o.number); err != nil || string(n) != o.number {
		c.numbers.wrong(row, "%s is no order number: it has a wrong check symbol, or is no number at all", plain(o.number))
	}
	differs := func(c *Check, column string, stored int64, sum *big.Int) {
		if c.Seen++; sum.Cmp(big.NewInt(stored)) != 0 {
			c.wrong(row, "order %s has %s %d, and its %d lines sum to %s", plain(o.number), column, stored, o.lines, written(sum))
		}
	}
	differs(&c.totals, "total", o.total, &o.price)
	differs(&c.quantities, "quantity", o.quantity, &o.units)
}

// written returns a sum for people.
func written(sum *big.Int) string {
	if !sum.IsInt64() {
		return "more than fits"
	}
	return sum.String()
}
