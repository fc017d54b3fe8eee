package account

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"trolley/internal/cart"
	"trolley/internal/query"
	"trolley/internal/store"
)

// Orders returns the newest orders of the account, without their lines, at most limit.
func (a *Accounts) Orders(ctx context.Context, id string, limit int) ([]cart.Order, error) {
	const text = `
SELECT o.number, o.placed_at, o.quantity, o.total FROM account_orders a JOIN orders o ON o.number = a.order_number
WHERE a.account = $1 ORDER BY o.placed_at DESC, o.number LIMIT $2`
	found, err := query.All(ctx, a.store.Read(), func(rows *sql.Rows) (o cart.Order, err error) {
		var at int64
		err = rows.Scan(&o.Number, &at, &o.Quantity, &o.Total)
		o.PlacedAt = query.Milli(at)
		return o, err
	}, text, id, limit)
	return found, query.Wrap(err, "account: orders")
}

// Owns reports whether an order is one of the account. The error is the database's.
func (a *Accounts) Owns(ctx context.Context, id string, number cart.OrderNumber) (bool, error) {
	const text = `SELECT COUNT(*) FROM account_orders WHERE order_number = $1 AND account = $2`
	n, err := query.One(ctx, a.store.Read(), query.Int, text, string(number), id)
	return n > 0, err
}

// Data is all that the shop keeps of a person.
type Data struct {
	Email    string       `json:"email"`
	Created  *time.Time   `json:"created_at"` // null without an account
	Cart     *cart.Cart   `json:"cart"`       // null without one
	Sessions []Session    `json:"sessions"`
	Orders   []cart.Order `json:"orders"`
}

// Person is whose data to export or to erase.
type Person struct {
	Account        // the zero Account for none
	Typed   string // for an operator: the email of guests, which proves nothing; "" for none
}

// Find returns the person of an email as Email returns it. The error is the database's.
func (a *Accounts) Find(ctx context.Context, email string) (Person, error) {
	found, err := a.ByEmail(ctx, email)
	return Person{found, email}, err
}

// Export returns the data of a person, all of one moment. It returns store.ErrNotFound if
// there is none, or the database's error.
func (a *Accounts) Export(ctx context.Context, of Person) (Data, error) {
	// SQLite knows no other isolation; PostgreSQL has to be asked.
	tx, err := a.store.Read().BeginTx(ctx, &sql.TxOptions{ReadOnly: true, Isolation: sql.LevelRepeatableRead})
	if err != nil {
		return Data{}, fmt.Errorf("account: export: %w", err)
	}
	d, err := a.export(ctx, tx, of)
	if err = errors.Join(err, tx.Rollback()); err != nil {
		return Data{}, fmt.Errorf("account: export: %w", err)
	}
	a.log.InfoContext(ctx, "data exported", "account", of.Name(), "orders", len(d.Orders))
	return d, nil
}

func (a *Accounts) export(ctx context.Context, tx *sql.Tx, of Person) (d Data, err error) {
	d = Data{Email: of.Typed, Sessions: []Session{}, Orders: []cart.Order{}}
	if of.ID != "" {
		now, err := a.find(ctx, tx, byIDSQL, of.ID)
		if err != nil {
			return d, err
		}
		d.Email, d.Created = now.Email, &now.Created
		if now.Cart.ID != "" {
			d.Cart = &now.Cart
		}
	}
	own, err := sessionsOf(ctx, tx, of.ID)
	if err != nil {
		return d, err
	}
	typed, err := typedSessions(ctx, tx, of)
	if err != nil {
		return d, err
	}
	d.Sessions = slices.Concat(d.Sessions, own, typed)
	numbers, err := allOrders(ctx, tx, of)
	for _, number := range numbers {
		order, failed := store.FindOrder(ctx, tx, number)
		if failed != nil {
			return d, failed
		}
		d.Orders = append(d.Orders, order)
	}
	if err == nil && of.ID == "" && len(d.Orders)+len(d.Sessions) == 0 {
		err = store.ErrNotFound
	}
	return d, err
}

// typedSessions returns the sessions of others in whose checkout the email was typed.
func typedSessions(ctx context.Context, q query.Querier, of Person) (all []Session, err error) {
	const text = `
SELECT s.token, s.data, s.expiry, '', 0 FROM sessions s
WHERE CAST(s.data AS TEXT) LIKE '%"checkout"%'
AND NOT EXISTS (SELECT 1 FROM account_sessions l WHERE l.token = s.token AND l.account = $1)`
	if of.Typed == "" {
		return nil, nil
	}
	err = eachSession(ctx, q, func(s Session) {
		if Email(s.contact.Email) == of.Typed {
			all = append(all, s)
		}
	}, text, of.ID)
	return all, err
}

// allOrders returns the numbers of the orders of a person. An engine lowers the letters
// of ASCII at least: all other emails are compared here.
func allOrders(ctx context.Context, q query.Querier, of Person) (numbers []cart.OrderNumber, err error) {
	const text = `
SELECT o.number, o.email, 1 FROM account_orders a JOIN orders o ON o.number = a.order_number WHERE a.account = $1
UNION
SELECT number, email, 0 FROM orders WHERE $2 <> '' AND (lower(email) = $2 OR length(email) <> octet_length(email))
ORDER BY 1, 3 DESC`
	err = query.Each(ctx, q, func(rows *sql.Rows) error {
		var number cart.OrderNumber
		var email string
		var own bool
		err := rows.Scan(&number, &email, &own)
		if (own || Email(email) == of.Typed) && (len(numbers) == 0 || numbers[len(numbers)-1] != number) {
			numbers = append(numbers, number)
		}
		return err
	}, text, of.ID, of.Typed)
	return numbers, err
}

// Erase deletes the account of a person, ends the sessions, and takes name, email and
// address out of the orders, in one transaction. It returns how many orders that were,
// store.ErrNotFound if there is nothing, or the database's error.
func (a *Accounts) Erase(ctx context.Context, of Person) (orders int, err error) {
	typed, err := typedSessions(ctx, a.store.Read(), of) // a long look: others must not wait for it
	if err == nil {
		err = a.store.Transact(ctx, func(ctx context.Context, tx *sql.Tx) error {
			orders, err = a.erase(ctx, tx, of, typed)
			return err
		})
	}
	if err != nil {
		return 0, fmt.Errorf("account: erase: %w", err)
	}
	a.log.InfoContext(ctx, "data erased", "account", of.Name(), "orders", orders)
	return orders, nil
}

func (a *Accounts) erase(ctx context.Context, tx *sql.Tx, of Person, typed []Session) (orders int, err error) {
	if of.ID != "" {
		if err := lock(ctx, tx, of.ID); err != nil {
			return 0, err
		}
		if _, err := a.end(ctx, tx, of.ID, Every); err != nil {
			return 0, err
		}
	}
	if err := endAll(ctx, tx, typed); err != nil {
		return 0, err
	}
	numbers, err := allOrders(ctx, tx, of)
	if err != nil {
		return 0, err
	}
	if of.ID == "" && len(numbers)+len(typed) == 0 {
		return 0, store.ErrNotFound
	}
	return len(numbers), eraseRows(ctx, tx, of.ID, numbers)
}

func eraseRows(ctx context.Context, tx *sql.Tx, id string, orders []cart.OrderNumber) error {
	const text = `
UPDATE orders SET name = 'erased', email = 'erased@invalid', address = 'erased', postcode = '', town = '', country = ''
WHERE number = $1`
	for _, number := range orders {
		if _, err := tx.ExecContext(ctx, text, string(number)); err != nil {
			return err
		}
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
