package account

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"time"

	"trolley/internal/cart"
	"trolley/session"
)

// verdict is what became of a password.
type verdict struct {
	ok       bool
	replaced string // the hash to store, where the one before cost too little
}

// Verify reports whether found, which is the zero Account for an email that has none,
// has the password. It takes as long for either, happens once a request, and does not
// hold up the session. The errors are ErrBusy and those of Once.
func (a *Accounts) Verify(ctx context.Context, found *Account, password string) (bool, error) {
	hash := cmp.Or(found.password, unknown)
	v, err := session.Once(ctx, "verify "+hash, func() (v verdict, err error) {
		if len(password) > maxPassword {
			return v, nil
		}
		var cheap bool
		if v.ok, cheap, err = a.matches(ctx, hash, password); v.ok && cheap {
			v.replaced, err = a.hash(ctx, password)
		}
		return v, err
	})
	found.rehashed = v.replaced
	return v.ok && found.ID != "", err
}

// NewAccount returns an account that SignIn stores. email is as Email returns it. The
// errors are those of Verify.
func (a *Accounts) NewAccount(ctx context.Context, email, password string) (Account, error) {
	return session.Once(ctx, "new account", func() (Account, error) {
		hash, err := a.hash(ctx, password)
		return Account{ID: cart.NewID(), Email: email, Created: time.Now().UTC().Truncate(time.Millisecond), rehashed: hash}, err
	})
}

// Arrival is what a session brings along when it signs in.
type Arrival struct {
	Browser string
	Cart    cart.Cart // of the account from now on
	Orders  []cart.OrderNumber
}

// Begin gives the session a new token and a new lifetime, and says that it is signed in,
// which SignIn stores. It returns session.ErrTooLarge if it has no room for that.
func (a *Accounts) Begin(ctx context.Context, into Account, remember bool) error {
	login := Login{Account: into.ID, Confirmed: time.Now().UTC().Truncate(time.Second), Was: session.Current(ctx).ID}
	if err := LoginKey.Put(ctx, login); err != nil {
		return err
	}
	return session.Login(ctx, remember)
}

// SignIn signs the session in, in one transaction: the account gets the cart and the
// orders. It returns session.ErrConflict if the account or the session changed meanwhile,
// or another account got the email, and the database's errors.
func (a *Accounts) SignIn(ctx context.Context, into Account, with Arrival) error {
	next, err := into.with(with.Cart)
	if err != nil {
		return err
	}
	return a.store.Transact(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if err := arrive(ctx, tx, into, next.stored); err != nil {
			return err
		}
		if err := session.CommitTx(ctx, tx); err != nil {
			return err
		}
		for _, number := range with.Orders {
			if err := adopt(ctx, tx, into.ID, number); err != nil {
				return err
			}
		}
		return list(ctx, tx, into.ID, with.Browser)
	})
}

// arrive stores a new account, or the cart of one that still has the password.
func arrive(ctx context.Context, tx *sql.Tx, into Account, stored string) error {
	const insert = `
INSERT INTO accounts (id, email, password, cart, created_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (email) DO NOTHING`
	const swap = `UPDATE accounts SET cart = $1, password = $2 WHERE id = $3 AND cart = $4 AND password = $5`
	if into.password != "" {
		hash := cmp.Or(into.rehashed, into.password)
		return one(tx.ExecContext(ctx, swap, stored, hash, into.ID, into.stored, into.password))
	}
	return one(tx.ExecContext(ctx, insert, into.ID, into.Email, into.rehashed, stored, into.Created.UnixMilli()))
}

// Confirm notes that the member has typed the password again.
func (a *Accounts) Confirm(ctx context.Context, m *Member) error {
	m.Login.Confirmed = time.Now().UTC().Truncate(time.Second)
	return a.Renew(ctx, m)
}

// Renew gives the session of a member a new token. Its errors are those of SetPassword.
func (a *Accounts) Renew(ctx context.Context, m *Member) error {
	return a.renew(ctx, m, func(ctx context.Context, tx *sql.Tx) error { return lock(ctx, tx, m.ID) })
}

// SetPassword changes the password, gives the session a new token, and ends all others of
// the account, in one transaction. It returns ErrBusy, session.ErrConflict, or the
// database's error.
func (a *Accounts) SetPassword(ctx context.Context, m *Member, password string) error {
	const text = `UPDATE accounts SET password = $1 WHERE id = $2 AND password = $3`
	hash, err := session.Once(ctx, "hash", func() (string, error) { return a.hash(ctx, password) })
	if err != nil {
		return err
	}
	return a.renew(ctx, m, func(ctx context.Context, tx *sql.Tx) error {
		if err := one(tx.ExecContext(ctx, text, hash, m.ID, m.password)); err != nil {
			return err
		}
		_, err := a.end(ctx, tx, m.ID, func(s Session) bool { return s.Token != session.Current(ctx).Hash })
		return err
	})
}

// ResetPassword sets the password of an account for an operator, and ends all its
// sessions, in one transaction. It returns how many those were, and ErrBusy,
// store.ErrNotFound or the database's error.
func (a *Accounts) ResetPassword(ctx context.Context, of Account, password string) (ended int, err error) {
	hash, err := a.hash(ctx, password)
	if err != nil {
		return 0, err
	}
	err = a.store.Transact(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if err := lock(ctx, tx, of.ID); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE accounts SET password = $1 WHERE id = $2`, hash, of.ID); err != nil {
			return err
		}
		ended, err = a.end(ctx, tx, of.ID, Every)
		return err
	})
	if err == nil {
		a.log.InfoContext(ctx, "password reset", "account", of.Name(), "sessions", ended)
	}
	return ended, err
}

// renew gives the session of a member a new token, in the transaction of first, which
// locks the account: what ends its sessions must not overlook the one under the new token.
func (a *Accounts) renew(ctx context.Context, m *Member, first func(context.Context, *sql.Tx) error) error {
	const text = `UPDATE account_sessions SET token = $1 WHERE token = $2`
	if err := session.Renew(ctx); err != nil {
		return err
	}
	if err := LoginKey.Put(ctx, m.Login); err != nil {
		return err
	}
	before := session.Current(ctx).Hash
	return a.store.Transact(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if err := first(ctx, tx); err != nil {
			return err
		}
		if err := session.CommitTx(ctx, tx); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, text, session.Current(ctx).Hash, before); err != nil {
			return fmt.Errorf("account: list of sessions: %w", err)
		}
		return nil
	})
}
