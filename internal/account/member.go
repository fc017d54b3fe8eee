package account

import (
	"context"
	"errors"
	"time"

	"trolley/internal/cart"
	"trolley/internal/store"
	"trolley/session"
)

// Login is the value of a session that is signed in.
type Login struct {
	Account   string    `json:"account"`       // its ID
	Confirmed time.Time `json:"confirmed"`     // when the password was typed last
	Was       string    `json:"was,omitempty"` // the short name that the session had before the sign-in
}

// LoginKey is the key of a session's Login. No visitor can set it: free values are text.
const LoginKey session.Key[Login] = "account"

// ContactKey is the key of what a visitor typed at the checkout, until the order.
const ContactKey session.Key[cart.Contact] = "checkout"

// sudo is for how long after the password was typed pages ask for it no more (ASVS 5.0, 7.5.1).
const sudo = 5 * time.Minute

// IsConfirmed reports whether the password was typed a moment ago.
func (l Login) IsConfirmed() bool { return time.Since(l.Confirmed) < sudo }

// Member is who a session is signed in as.
type Member struct {
	Account
	Login
}

type memberKey struct{}

// Attach returns ctx, in a session's handler, with the account that the session is signed
// in to. It reads the account once for each run of the handler. The error is the database's.
func (a *Accounts) Attach(ctx context.Context) (context.Context, error) {
	login, ok := LoginKey.GetShared(ctx)
	if !ok {
		return ctx, nil
	}
	found, err := a.byID(ctx, login.Account)
	if errors.Is(err, store.ErrNotFound) { // deleted by hand
		return ctx, nil
	}
	return context.WithValue(ctx, memberKey{}, &Member{found, login}), err
}

// Current returns who the session is signed in as, nil for a guest.
func Current(ctx context.Context) *Member {
	m, _ := ctx.Value(memberKey{}).(*Member)
	return m
}
