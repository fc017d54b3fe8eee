package account

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"trolley/internal/cart"
	"trolley/internal/query"
	"trolley/internal/store"
	"trolley/session"
)

// swapWithin bounds how long a change of the cart waits for other writers.
const swapWithin = 2 * time.Second

// swapCartSQL is the compare-and-swap of an account's cart, for a session that has not
// ended. On PostgreSQL it locks the session's row: otherwise the statement could wait
// for the account's row while the session ends, and write afterwards.
const (
	swapCartSQL         = `UPDATE accounts SET cart = $1 WHERE id = $2 AND cart = $3 AND EXISTS (SELECT 1 FROM sessions WHERE token = $4)`
	swapCartSQLPostgres = `
UPDATE accounts SET cart = $1
WHERE id = $2 AND cart = $3 AND EXISTS (SELECT 1 FROM sessions WHERE token = $4 FOR KEY SHARE)`
)

// execer is a pool or a transaction.
type execer interface {
	ExecContext(ctx context.Context, text string, args ...any) (sql.Result, error)
}

// PutCart makes c the cart of the account. It returns session.ErrConflict if another
// device changed the cart first, or the session has ended: run the handler again.
func (a *Accounts) PutCart(ctx context.Context, m *Member, c cart.Cart) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), swapWithin)
	defer cancel()
	next, err := m.Account.with(c)
	if err != nil {
		return err
	}
	return a.cache.Store(m.ID, func() (any, int, error) {
		return next, next.bytes(), a.swapCart(ctx, a.store.Write(), m, next)
	})
}

func (a *Accounts) swapCart(ctx context.Context, db execer, m *Member, next Account) error {
	text := swapCartSQL
	if a.store.Engine() == store.Postgres {
		text = swapCartSQLPostgres
	}
	return one(db.ExecContext(ctx, text, next.stored, m.ID, m.stored, session.Current(ctx).Hash))
}

// PutCartWithSession is PutCart in one transaction with what the handler changed in the
// session, which it leaves alone afterwards.
func (a *Accounts) PutCartWithSession(ctx context.Context, m *Member, c cart.Cart) error {
	next, err := m.Account.with(c)
	if err != nil {
		return err
	}
	return a.store.Transact(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if err := a.swapCart(ctx, tx, m, next); err != nil {
			return err
		}
		return session.CommitTx(ctx, tx)
	})
}

// with returns the account with another cart.
func (a Account) with(c cart.Cart) (Account, error) {
	a.Cart, a.stored = c, ""
	if c.ID == "" {
		return a, nil
	}
	stored, err := json.Marshal(c)
	if err != nil {
		return a, fmt.Errorf("account: cart: %w", err)
	}
	a.stored = string(stored)
	return a, nil
}

// Ordered makes the cart of the account its order, inside tx. Its errors are those of
// PutCart.
func (a *Accounts) Ordered(ctx context.Context, tx *sql.Tx, m *Member, number cart.OrderNumber) error {
	next, _ := m.Account.with(cart.Cart{}) // no cart: cannot fail
	if err := a.swapCart(ctx, tx, m, next); err != nil {
		return err
	}
	return adopt(ctx, tx, m.ID, number)
}

// adopt makes an order one of the account, unless it is of another one.
func adopt(ctx context.Context, tx *sql.Tx, id string, number cart.OrderNumber) error {
	const text = `INSERT INTO account_orders (order_number, account) VALUES ($1, $2) ON CONFLICT DO NOTHING`
	if _, err := tx.ExecContext(ctx, text, string(number), id); err != nil {
		return fmt.Errorf("account: order: %w", err)
	}
	return nil
}

// one returns session.ErrConflict if a statement changed no row.
func one(result sql.Result, err error) error {
	changed, err := query.Changed(result, err)
	if err == nil && !changed {
		return session.ErrConflict
	}
	return err
}
