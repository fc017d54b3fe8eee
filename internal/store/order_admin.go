package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"trolley/internal/cart"
	"trolley/internal/query"
)

// ErrCancelled reports that an order was cancelled before.
var ErrCancelled = errors.New("store: the order is cancelled already")

// ErrStock reports that a product would have less than nothing in stock, or more
// than [MaxStock].
var ErrStock = errors.New("store: no such stock")

// MaxStock is the most units of a product that AddStock leaves in stock.
const MaxStock = 1_000_000_000

// Orders returns the orders placed since a time, the newest first and at most limit
// of them, without their lines. The errors are the database's.
func (s *Store) Orders(ctx context.Context, since time.Time, limit int) ([]cart.Order, error) {
	const text = selectOrder + `
WHERE placed_at >= $1
ORDER BY placed_at DESC, number LIMIT $2`
	orders, err := query.All(ctx, s.read, scanOrder, text, since.UnixMilli(), limit)
	return orders, query.Wrap(err, "store: orders")
}

// CancelOrder cancels an order and puts what it took back into stock, in one
// transaction. It returns the cancelled order, [ErrNotFound], or the order with
// [ErrCancelled]. A product that was deleted gets nothing back.
func (s *Store) CancelOrder(ctx context.Context, number cart.OrderNumber) (o cart.Order, err error) {
	err = s.Transact(ctx, func(ctx context.Context, tx *sql.Tx) error {
		o, err = cancel(ctx, tx, number, s.now())
		return err
	})
	return o, query.Wrap(err, "store: cancel order")
}

// cancel marks the order first: of two that cancel it, the second finds it marked.
func cancel(ctx context.Context, tx *sql.Tx, number cart.OrderNumber, now time.Time) (cart.Order, error) {
	const mark = `
UPDATE orders SET cancelled_at = $1
WHERE number = $2 AND cancelled_at = 0`
	const restock = `
UPDATE products SET stock = stock + $1
WHERE sku = $2`
	marked, err := query.Changed(tx.ExecContext(ctx, mark, now.UnixMilli(), string(number)))
	if err != nil {
		return cart.Order{}, err
	}
	o, err := findOrder(ctx, tx, orderByNumberSQL, string(number))
	if err == nil && !marked {
		err = ErrCancelled
	}
	if err != nil {
		return o, err
	}
	// In the order of the SKUs, as takeStock.
	lines := slices.SortedFunc(slices.Values(o.Lines), func(a, b cart.OrderLine) int { return strings.Compare(a.SKU, b.SKU) })
	for _, line := range lines {
		if _, err := tx.ExecContext(ctx, restock, line.Quantity, line.SKU); err != nil {
			return o, fmt.Errorf("stock of %s: %w", line.SKU, err)
		}
	}
	return o, nil
}

// AddStock adds n units to the stock of a product, or takes them away where n is
// negative, and returns what is there then. It returns [ErrNotFound], or [ErrStock]
// and what is there where that is not possible.
func (s *Store) AddStock(ctx context.Context, sku string, n int) (stock int, err error) {
	const add = `
UPDATE products SET stock = stock + $1
WHERE sku = $2 AND stock + $1 BETWEEN 0 AND $3`
	const look = `
SELECT stock FROM products
WHERE sku = $1`
	err = s.Transact(ctx, func(ctx context.Context, tx *sql.Tx) error {
		changed, err := query.Changed(tx.ExecContext(ctx, add, n, sku, MaxStock))
		if err != nil {
			return err
		}
		if stock, err = query.One(ctx, tx, query.Int, look, sku); err == nil && !changed {
			err = ErrStock
		}
		return err
	})
	return stock, query.Wrap(err, "store: stock of %.40q", sku)
}
