package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"

	"trolley/internal/cart"
	"trolley/internal/query"
)

// verifyBatch is how many rows Verify reads in one transaction. A longer one
// would keep the shop's log from being emptied.
const verifyBatch = 500

// oneMoment asks for a transaction whose statements all see the same. SQLite knows no
// other; PostgreSQL has to be asked.
func oneMoment() *sql.TxOptions {
	return &sql.TxOptions{ReadOnly: true, Isolation: sql.LevelRepeatableRead}
}

// storedOrder is an order as it is stored, which need not make sense.
type storedOrder struct {
	number   string
	quantity int64
	total    cart.Money
	lines    []storedLine
}

type storedLine struct {
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
		s.tellLooked(len(orders))
		if len(orders) < verifyBatch {
			return []Check{a.numbers, a.lines, a.totals, a.quantities}, nil
		}
		after = orders[len(orders)-1].number
	}
}

// ordersAfter returns the next orders with their lines, as of one moment.
func (s *Store) ordersAfter(ctx context.Context, after string) (orders []storedOrder, err error) {
	const next = "SELECT number, quantity, total FROM orders WHERE number > $1 ORDER BY number LIMIT $2"
	tx, err := s.read.BeginTx(ctx, oneMoment())
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, tx.Rollback()) }()
	byNumber := make(map[string]int, verifyBatch)
	err = query.Each(ctx, tx, func(rows *sql.Rows) error {
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
	return query.Each(ctx, tx, func(rows *sql.Rows) error {
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
	var total, units sum
	for _, l := range o.lines {
		a.line(o.number, l)
		total.add(l.lineTotal)
		units.add(cart.Money(l.quantity)) // no money, but its sums are checked
	}
	differs := func(c *Check, column string, stored cart.Money, s sum) {
		if s.err != nil || s.amount != stored {
			c.wrong(Finding{Text: fmt.Sprintf("order %s has %s %d, and its %d lines sum to %v", plain(o.number), column, stored, len(o.lines), s), Query: row})
		}
	}
	differs(&a.totals, "total", o.total, total)
	differs(&a.quantities, "quantity", cart.Money(o.quantity), units)
}

func (a *orderAudit) line(number string, l storedLine) {
	a.lines.Seen++
	product, err := l.unitPrice.Times(int(l.quantity))
	if err == nil && product == l.lineTotal {
		return
	}
	a.lines.wrong(Finding{
		Text: fmt.Sprintf("line %d of order %s has line_total %d, and %d x %d is %v", l.position, plain(number),
			l.lineTotal, l.quantity, l.unitPrice, sum{product, err}),
		Query: fmt.Sprintf("SELECT * FROM order_lines WHERE order_number = %s AND position = %d", literal(number), l.position),
	})
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

// lookAtCartIDs looks for carts that were ordered twice: the column is UNIQUE,
// so the index that says so must have been lost.
func (s *Store) lookAtCartIDs(ctx context.Context) ([]Check, error) {
	c := Check{Name: "one order per cart", Of: "carts"}
	err := query.Each(ctx, s.read, func(rows *sql.Rows) error {
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
