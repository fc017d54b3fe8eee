package account

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"trolley/internal/cart"
	"trolley/internal/query"
	"trolley/internal/store"
)

// Summary is an order in a list.
type Summary struct {
	Number   cart.OrderNumber
	PlacedAt time.Time
	Quantity int
	Total    cart.Money
}

// Orders returns the newest orders of the account, at most limit.
func (a *Accounts) Orders(ctx context.Context, id string, limit int) ([]Summary, error) {
	const text = `
SELECT o.number, o.placed_at, o.quantity, o.total FROM account_orders a JOIN orders o ON o.number = a.order_number
WHERE a.account = $1 ORDER BY o.placed_at DESC, o.number LIMIT $2`
	found, err := query.All(ctx, a.store.Read(), func(rows *sql.Rows) (s Summary, err error) {
		var at int64
		err = rows.Scan(&s.Number, &at, &s.Quantity, &s.Total)
		s.PlacedAt = time.UnixMilli(at).UTC()
		return s, err
	}, text, id, limit)
	if err != nil {
		return nil, fmt.Errorf("account: orders: %w", err)
	}
	return found, nil
}

// Owns reports whether an order is one of the account. The error is the database's.
func (a *Accounts) Owns(ctx context.Context, id string, number cart.OrderNumber) (bool, error) {
	const text = `SELECT COUNT(*) FROM account_orders WHERE order_number = $1 AND account = $2`
	n, err := query.One(ctx, a.store.Read(), query.Int, text, string(number), id)
	return n > 0, err
}

// Data is all that the shop keeps of a person.
type Data struct {
	Email    string        `json:"email"`
	Created  *time.Time    `json:"created_at"` // null without an account
	Cart     *cart.Cart    `json:"cart"`       // null without one
	Sessions []SessionData `json:"sessions"`
	Orders   []cart.Order  `json:"orders"`
}

// SessionData is a session of an account, without its token.
type SessionData struct {
	ID         string    `json:"id"`
	Browser    string    `json:"browser"`
	SignedInAt time.Time `json:"signed_in_at"`
}

const (
	ordersByAccountSQL = `SELECT order_number FROM account_orders WHERE account = $1 ORDER BY order_number`
	// ordersByEmailSQL finds the orders of a guest as well, for an operator: that an
	// email was typed into a form does not prove whose it is.
	ordersByEmailSQL = `
SELECT number FROM orders WHERE lower(email) = $2
UNION SELECT order_number FROM account_orders WHERE account = $1 ORDER BY 1`
)

// Export returns the data of the account, of one moment. The error is the database's.
func (a *Accounts) Export(ctx context.Context, of Account) (Data, error) {
	return a.export(ctx, of, ordersByAccountSQL, of.ID)
}

// ExportEmail is Export for an email, also of guests' orders. It returns
// store.ErrNotFound if there is neither an account nor an order.
func (a *Accounts) ExportEmail(ctx context.Context, email string) (Data, error) {
	found, err := a.ByEmail(ctx, email)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return Data{}, err
	}
	found.Email = email
	data, err := a.export(ctx, found, ordersByEmailSQL, found.ID, email)
	if err == nil && found.ID == "" && len(data.Orders) == 0 {
		err = store.ErrNotFound
	}
	return data, err
}

func (a *Accounts) export(ctx context.Context, of Account, text string, args ...any) (d Data, err error) {
	d = Data{Email: of.Email, Sessions: []SessionData{}, Orders: []cart.Order{}}
	if of.ID != "" {
		d.Created = &of.Created
	}
	if of.Cart.ID != "" {
		d.Cart = &of.Cart
	}
	sessions, err := a.Sessions(ctx, of.ID)
	for _, s := range sessions {
		d.Sessions = append(d.Sessions, SessionData{s.ID(), s.Browser, s.SignedInAt})
	}
	var numbers []string
	if err == nil {
		numbers, err = query.All(ctx, a.store.Read(), query.Text, text, args...)
	}
	for _, number := range numbers {
		order, failed := a.store.Order(ctx, cart.OrderNumber(number))
		if failed != nil {
			return d, fmt.Errorf("account: export: %w", failed)
		}
		d.Orders = append(d.Orders, order)
	}
	if err != nil {
		return d, fmt.Errorf("account: export: %w", err)
	}
	a.log.InfoContext(ctx, "data exported", "account", of.Name(), "orders", len(d.Orders))
	return d, nil
}

// Erase deletes the account and its sessions, and takes name, email and address out of
// its orders, in one transaction. It returns how many orders that were, and
// store.ErrNotFound if there is no such account.
func (a *Accounts) Erase(ctx context.Context, of Account) (orders int, err error) {
	return a.erase(ctx, of, ordersByAccountSQL, of.ID)
}

// EraseEmail is Erase for an email, also of guests' orders. It returns
// store.ErrNotFound if there is neither an account nor an order.
func (a *Accounts) EraseEmail(ctx context.Context, email string) (orders int, err error) {
	found, err := a.ByEmail(ctx, email)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return 0, err
	}
	orders, err = a.erase(ctx, found, ordersByEmailSQL, found.ID, email)
	if err == nil && found.ID == "" && orders == 0 {
		err = store.ErrNotFound
	}
	return orders, err
}

func (a *Accounts) erase(ctx context.Context, of Account, text string, args ...any) (orders int, err error) {
	err = a.store.Transact(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if of.ID != "" {
			if err := lock(ctx, tx, of.ID); err != nil {
				return err
			}
		}
		numbers, err := query.All(ctx, tx, query.Text, text, args...)
		if err != nil {
			return err
		}
		orders = len(numbers)
		if err := eraseOrders(ctx, tx, numbers); err != nil || of.ID == "" {
			return err
		}
		return a.eraseAccount(ctx, tx, of.ID)
	})
	if err != nil {
		return 0, fmt.Errorf("account: erase: %w", err)
	}
	a.log.InfoContext(ctx, "data erased", "account", of.Name(), "orders", orders)
	return orders, nil
}

func eraseOrders(ctx context.Context, tx *sql.Tx, numbers []string) error {
	const text = `UPDATE orders SET name = 'erased', email = 'erased@invalid', address = 'erased' WHERE number = $1`
	for _, number := range numbers {
		if _, err := tx.ExecContext(ctx, text, number); err != nil {
			return err
		}
	}
	return nil
}

func (a *Accounts) eraseAccount(ctx context.Context, tx *sql.Tx, id string) error {
	if _, err := a.end(ctx, tx, id, Every); err != nil {
		return err
	}
	for _, text := range []string{
		`DELETE FROM account_sessions WHERE account = $1`,
		`DELETE FROM account_orders WHERE account = $1`,
		`DELETE FROM accounts WHERE id = $1`,
	} {
		if _, err := tx.ExecContext(ctx, text, id); err != nil {
			return err
		}
	}
	return nil
}
