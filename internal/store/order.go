package store

import (
	"context"
	"database/sql"
	"fmt"

	"trolley/internal/cart"
	"trolley/internal/query"
)

const selectOrder = `
SELECT number, cart_id, name, email, address, postcode, town, country, currency, quantity, total, placed_at, cancelled_at
FROM orders`

const orderByNumberSQL = selectOrder + `
WHERE number = $1`

// Order returns the order number, or [ErrNotFound].
func (s *Store) Order(ctx context.Context, number cart.OrderNumber) (cart.Order, error) {
	return FindOrder(ctx, s.read, number)
}

// FindOrder is Order on a pool or a transaction.
func FindOrder(ctx context.Context, q query.Querier, number cart.OrderNumber) (cart.Order, error) {
	o, err := findOrder(ctx, q, orderByNumberSQL, string(number))
	return o, query.Wrap(err, "store: order")
}

const orderByCartSQL = selectOrder + `
WHERE cart_id = $1`

// OrderByCart returns the order that the cart cartID became, or [ErrNotFound].
func (s *Store) OrderByCart(ctx context.Context, cartID string) (cart.Order, error) {
	o, err := findOrder(ctx, s.read, orderByCartSQL, cartID)
	return o, query.Wrap(err, "store: order by cart")
}

// findOrder returns the order that text finds by value. The lines of an order never
// change, so reading them in a second statement cannot find others.
func findOrder(ctx context.Context, q query.Querier, text, value string) (cart.Order, error) {
	const lines = `
SELECT sku, name, unit_price, quantity, line_total FROM order_lines
WHERE order_number = $1 ORDER BY position`
	o, err := query.One(ctx, q, scanOrder, text, value)
	if err != nil {
		return cart.Order{}, err
	}
	if o.Lines, err = query.All(ctx, q, scanOrderLine, lines, string(o.Number)); err != nil {
		return cart.Order{}, fmt.Errorf("lines: %w", err)
	}
	return o, nil
}

func scanOrder(rows *sql.Rows) (o cart.Order, err error) {
	var placedAt, cancelledAt int64
	to := &o.Contact
	err = rows.Scan(&o.Number, &o.CartID, &to.Name, &to.Email, &to.Address, &to.Postcode, &to.Town, &to.Country, &o.Currency,
		&o.Quantity, &o.Total, &placedAt, &cancelledAt)
	o.PlacedAt = query.Milli(placedAt)
	if cancelledAt > 0 {
		o.CancelledAt = query.Milli(cancelledAt)
	}
	return o, err
}

func scanOrderLine(rows *sql.Rows) (l cart.OrderLine, err error) {
	return l, rows.Scan(&l.SKU, &l.Name, &l.UnitPrice, &l.Quantity, &l.LineTotal)
}
