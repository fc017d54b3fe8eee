package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"trolley/internal/cart"
	"trolley/internal/query"
)

// placeWithin bounds how long PlaceOrder takes, waiting for other writers included.
const placeWithin = 5 * time.Second

// maxDraws is how often a number is drawn for one order. A second draw is rare:
// after a billion orders, one number in about 30 million is taken.
const maxDraws = 5

// Placement is what a shopper orders.
type Placement struct {
	Cart    cart.Cart
	Shown   string // what the shopper agreed to, from [cart.Quote.Shown]
	Contact cart.Contact
}

// PlaceOrder makes one order of a cart, in one transaction: it prices the cart
// against the products as they are, takes the stock, stores the order, and runs
// also, which may be nil, in the same transaction. Either all of it is kept or
// nothing is.
//
// Where the cart is empty, a line cannot be bought, or anything is not as shown,
// it returns a [*StaleError]. Where the cart became an order before, it returns
// that order and [ErrAlreadyPlaced], and also is not run. Any other error of a
// commit leaves open whether the order was placed; trying again is safe, and
// finds it if it was.
//
// A shopper who leaves while the order waits for its turn has ordered nothing.
// From then on ctx no longer ends the work, which has 5 seconds from then on.
func (s *Store) PlaceOrder(ctx context.Context, p Placement, also func(context.Context, *sql.Tx, cart.Order) error) (order cart.Order, err error) {
	bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), placeWithin)
	defer cancel()
	err = s.Transact(bounded, func(bounded context.Context, tx *sql.Tx) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		if order, err = s.place(bounded, tx, p); err != nil || also == nil {
			return err
		}
		return also(bounded, tx, order)
	})
	if err != nil && !errors.Is(err, ErrAlreadyPlaced) {
		return cart.Order{}, fmt.Errorf("store: place order: %w", err)
	}
	return order, err
}

func (s *Store) place(ctx context.Context, tx *sql.Tx, p Placement) (cart.Order, error) {
	if earlier, err := earlierOrder(ctx, tx, p.Cart); err != nil {
		return earlier, err
	}
	quote, err := quoteNow(ctx, tx, p.Cart)
	if err != nil {
		return cart.Order{}, err
	}
	if quote.Blocked() || len(quote.Since(p.Shown)) > 0 || len(quote.Lines) == 0 {
		return refuse(ctx, tx, p, quote)
	}
	taken, err := takeStock(ctx, tx, p.Cart)
	if err != nil {
		return cart.Order{}, err
	}
	if !taken { // another order took it meanwhile
		if quote, err = quoteNow(ctx, tx, p.Cart); err != nil {
			return cart.Order{}, err
		}
		return refuse(ctx, tx, p, quote)
	}
	return s.insertOrder(ctx, tx, p.Cart, quote, p.Contact)
}

// earlierOrder returns the order that c became before, with [ErrAlreadyPlaced], and
// no error where there is none.
func earlierOrder(ctx context.Context, tx *sql.Tx, c cart.Cart) (cart.Order, error) {
	earlier, err := findOrder(ctx, tx, orderByCartSQL, c.ID)
	switch {
	case err == nil:
		return earlier, ErrAlreadyPlaced
	case !errors.Is(err, ErrNotFound):
		return cart.Order{}, fmt.Errorf("earlier order: %w", err)
	}
	return cart.Order{}, nil
}

// quoteNow prices c against the products as tx sees them.
func quoteNow(ctx context.Context, tx *sql.Tx, c cart.Cart) (cart.Quote, error) {
	skus := make([]string, len(c.Lines))
	for i, line := range c.Lines {
		skus[i] = line.SKU
	}
	products, err := productsBySKU(ctx, tx, skus)
	if err != nil {
		return cart.Quote{}, fmt.Errorf("products: %w", err)
	}
	quote, err := c.Quote(products)
	return quote, query.Wrap(err, "quote")
}

// takeStock takes every line from the stock, in the order of the SKUs: two
// orders that want the same products then never wait for each other in a circle.
// It reports false where another transaction took, or withdrew, what was there.
func takeStock(ctx context.Context, tx *sql.Tx, c cart.Cart) (bool, error) {
	const text = `
UPDATE products SET stock = stock - $1
WHERE sku = $2 AND stock >= $1 AND NOT withdrawn`
	lines := slices.SortedFunc(slices.Values(c.Lines), func(a, b cart.Line) int { return cmp.Compare(a.SKU, b.SKU) })
	for _, line := range lines {
		taken, err := query.Changed(tx.ExecContext(ctx, text, line.Quantity, line.SKU))
		if err != nil {
			return false, fmt.Errorf("take stock of %s: %w", line.SKU, err)
		}
		if !taken {
			return false, nil
		}
	}
	return true, nil
}

// refuse answers an order that cannot be placed as it was shown. Where another
// transaction has just placed this very cart, and perhaps taken the last of its
// products, that order is what the shopper asked for: PostgreSQL lets it end
// between any two statements of this one.
func refuse(ctx context.Context, tx *sql.Tx, p Placement, quote cart.Quote) (cart.Order, error) {
	if earlier, err := earlierOrder(ctx, tx, p.Cart); err != nil {
		return earlier, err
	}
	return cart.Order{}, &StaleError{quote, quote.Since(p.Shown)}
}

// insertOrder stores the order that quote becomes, under a new number.
func (s *Store) insertOrder(ctx context.Context, tx *sql.Tx, c cart.Cart, quote cart.Quote, contact cart.Contact) (cart.Order, error) {
	at := s.now().Truncate(time.Millisecond) // the database keeps no more, so that it reads back the same
	for range maxDraws {
		o := quote.Order(s.newNumber(), contact, at)
		inserted, err := insertOrderRow(ctx, tx, o)
		if err != nil {
			return cart.Order{}, fmt.Errorf("insert order: %w", err)
		}
		if inserted {
			return o, insertOrderLines(ctx, tx, o)
		}
		// The number is taken, or another transaction placed this cart meanwhile.
		if earlier, err := earlierOrder(ctx, tx, c); err != nil {
			return earlier, err
		}
	}
	return cart.Order{}, fmt.Errorf("insert order: %d numbers drawn, all taken", maxDraws)
}

func insertOrderRow(ctx context.Context, tx *sql.Tx, o cart.Order) (bool, error) {
	const text = `
INSERT INTO orders (number, cart_id, name, email, address, postcode, town, country, currency, quantity, total, placed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT DO NOTHING`
	to := o.Contact
	return query.Changed(tx.ExecContext(ctx, text, string(o.Number), o.CartID, to.Name, to.Email, to.Address,
		to.Postcode, to.Town, to.Country, o.Currency, o.Quantity, int64(o.Total), o.PlacedAt.UnixMilli()))
}

func insertOrderLines(ctx context.Context, tx *sql.Tx, o cart.Order) error {
	const text = `
INSERT INTO order_lines (order_number, position, sku, name, unit_price, quantity, line_total)
VALUES ($1, $2, $3, $4, $5, $6, $7)`
	for i, l := range o.Lines {
		_, err := tx.ExecContext(ctx, text, string(o.Number), i+1, l.SKU, l.Name,
			int64(l.UnitPrice), l.Quantity, int64(l.LineTotal))
		if err != nil {
			return fmt.Errorf("insert line of %s: %w", l.SKU, err)
		}
	}
	return nil
}
