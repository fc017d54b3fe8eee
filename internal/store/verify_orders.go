package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"trolley/internal/cart"
)

// verifyBatch is how many rows Verify reads in one transaction. A longer one
// would keep the shop's log from being emptied.
const verifyBatch = 500

// storedOrder is an order as it is stored, which need not make sense.
type storedOrder struct {
	number   string
	quantity int64
	total    cart.Money
	lines    []storedLine
}

type storedLine struct {
	order                int // index in the batch
	position, quantity   int64
	unitPrice, lineTotal cart.Money
}

// orderAudit is what is found out about the orders as they pass by.
type orderAudit struct {
	numbers, lines, totals, quantities Check
}

// lookAtOrders adds up every order in Go: a sum that overflows is an error in
// one database and a float in another.
func (s *Store) lookAtOrders(ctx context.Context) ([]Check, error) {
	a := orderAudit{
		numbers: Check{Name: "order numbers", Of: "orders"}, lines: Check{Name: "order lines", Of: "lines"},
		totals: Check{Name: "order totals", Of: "orders"}, quantities: Check{Name: "order quantities", Of: "orders"},
	}
	for after := ""; ; {
		orders, err := s.ordersAfter(ctx, after)
		if err != nil {
			return nil, err
		}
		for _, o := range orders {
			a.add(o)
		}
		if len(orders) < verifyBatch {
			return []Check{a.numbers, a.lines, a.totals, a.quantities}, nil
		}
		after = orders[len(orders)-1].number
	}
}

// ordersAfter returns the next orders with their lines, as of one moment.
func (s *Store) ordersAfter(ctx context.Context, after string) (orders []storedOrder, err error) {
	const next = "SELECT number, quantity, total FROM orders WHERE number > $1 ORDER BY number LIMIT $2"
	tx, err := s.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rollback(tx)) }()
	byNumber := make(map[string]int, verifyBatch)
	err = each(ctx, tx, func(rows *sql.Rows) error {
		var o storedOrder
		err := rows.Scan(&o.number, &o.quantity, &o.total)
		byNumber[o.number] = len(orders)
		orders = append(orders, o)
		return err
	}, next, after, verifyBatch)
	if err != nil || len(orders) == 0 {
		return orders, err
	}
	return orders, addLines(ctx, tx, orders, byNumber, after)
}

// addLines gives the orders of a batch their lines. A line without an order is
// the foreign keys' to find.
func addLines(ctx context.Context, tx *sql.Tx, orders []storedOrder, byNumber map[string]int, after string) error {
	const lines = `SELECT order_number, position, quantity, unit_price, line_total FROM order_lines
WHERE order_number > $1 AND order_number <= $2 ORDER BY order_number, position`
	return each(ctx, tx, func(rows *sql.Rows) error {
		var number string
		var l storedLine
		if err := rows.Scan(&number, &l.position, &l.quantity, &l.unitPrice, &l.lineTotal); err != nil {
			return err
		}
		if i, ok := byNumber[number]; ok {
			orders[i].lines = append(orders[i].lines, l)
		}
		return nil
	}, lines, after, orders[len(orders)-1].number)
}

func (a *orderAudit) add(o storedOrder) {
	row := "SELECT * FROM orders WHERE number = " + literal(o.number)
	a.numbers.Seen++
	if n, err := cart.ParseOrderNumber(o.number); err != nil || string(n) != o.number {
		a.numbers.wrong(Finding{Text: plain(o.number) + " is no order number: it has a wrong check symbol, or is no number at all", Query: row})
	}
	a.totals.Seen++
	a.quantities.Seen++
	total, units := cart.Money(0), cart.Money(0) // units as money for its checked sum
	var tooLarge error
	for _, l := range o.lines {
		a.line(o.number, l)
		total, tooLarge = plus(total, l.lineTotal, tooLarge)
		units, tooLarge = plus(units, cart.Money(l.quantity), tooLarge)
	}
	if total != o.total || tooLarge != nil {
		a.totals.wrong(Finding{Text: fmt.Sprintf("order %s has total %d, and its %d lines sum to %s", plain(o.number), o.total, len(o.lines), amount(total, tooLarge)), Query: row})
	}
	if int64(units) != o.quantity || tooLarge != nil {
		a.quantities.wrong(Finding{Text: fmt.Sprintf("order %s has quantity %d, and its %d lines sum to %s", plain(o.number), o.quantity, len(o.lines), amount(units, tooLarge)), Query: row})
	}
}

func (a *orderAudit) line(number string, l storedLine) {
	a.lines.Seen++
	product, err := l.unitPrice.Times(int(l.quantity))
	if err == nil && product == l.lineTotal {
		return
	}
	a.lines.wrong(Finding{
		Text: fmt.Sprintf("line %d of order %s has line_total %d, and %d x %d is %s", l.position, plain(number),
			l.lineTotal, l.quantity, l.unitPrice, amount(product, err)),
		Query: fmt.Sprintf("SELECT * FROM order_lines WHERE order_number = %s AND position = %d", literal(number), l.position),
	})
}

// plus adds where nothing went wrong before.
func plus(sum, m cart.Money, err error) (cart.Money, error) {
	if err != nil {
		return sum, err
	}
	return sum.Plus(m)
}

// amount is a sum for people.
func amount(m cart.Money, err error) string {
	if err != nil {
		return "more than fits"
	}
	return fmt.Sprint(int64(m))
}

// lookAtCartIDs looks for carts that were ordered twice: the column is UNIQUE,
// so the index that says so must have been lost.
func (s *Store) lookAtCartIDs(ctx context.Context) ([]Check, error) {
	c := Check{Name: "one order per cart", Of: "carts"}
	err := each(ctx, s.read, func(rows *sql.Rows) error {
		var id string
		var orders int
		if err := rows.Scan(&id, &orders); err != nil {
			return err
		}
		if c.Seen++; orders > 1 {
			c.wrong(Finding{
				Text:  fmt.Sprintf("cart %s became %d orders", plain(id), orders),
				Query: "SELECT * FROM orders WHERE cart_id = " + literal(id),
			})
		}
		return nil
	}, "SELECT cart_id, COUNT(*) FROM orders GROUP BY cart_id")
	return []Check{c}, err
}
