package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"trolley/internal/cart"
	"trolley/internal/query"
)

const selectOrder = `SELECT number, cart_id, name, email, address, currency, quantity, total, placed_at FROM orders`

// Order returns the order number, or [ErrNotFound].
func (s *Store) Order(ctx context.Context, number cart.OrderNumber) (cart.Order, error) {
	o, err := findOrder(ctx, s.read, "number", string(number))
	if err != nil {
		return cart.Order{}, fmt.Errorf("store: order: %w", err)
	}
	return o, nil
}

// OrderByCart returns the order that the cart cartID became, or [ErrNotFound].
func (s *Store) OrderByCart(ctx context.Context, cartID string) (cart.Order, error) {
	o, err := findOrder(ctx, s.read, "cart_id", cartID)
	if err != nil {
		return cart.Order{}, fmt.Errorf("store: order by cart: %w", err)
	}
	return o, nil
}

// findOrder returns the order whose column has the value. Orders never change,
// so reading the lines in a second statement cannot find others.
func findOrder(ctx context.Context, q query.Querier, column, value string) (cart.Order, error) {
	o, err := query.One(ctx, q, scanOrder, selectOrder+" WHERE "+column+" = $1", value)
	if err != nil {
		return cart.Order{}, err
	}
	const lines = `SELECT sku, name, unit_price, quantity, line_total FROM order_lines
WHERE order_number = $1 ORDER BY position`
	if o.Lines, err = query.All(ctx, q, scanOrderLine, lines, string(o.Number)); err != nil {
		return cart.Order{}, fmt.Errorf("lines: %w", err)
	}
	return o, nil
}

func scanOrder(rows *sql.Rows) (o cart.Order, err error) {
	var placedAt int64
	err = rows.Scan(&o.Number, &o.CartID, &o.Contact.Name, &o.Contact.Email, &o.Contact.Address,
		&o.Currency, &o.Quantity, &o.Total, &placedAt)
	o.PlacedAt = time.UnixMilli(placedAt).UTC()
	return o, err
}

func scanOrderLine(rows *sql.Rows) (l cart.OrderLine, err error) {
	return l, rows.Scan(&l.SKU, &l.Name, &l.UnitPrice, &l.Quantity, &l.LineTotal)
}
