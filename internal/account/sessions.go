package account

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"trolley/internal/cart"
	"trolley/internal/query"
	"trolley/internal/store"
	"trolley/session"
)

// Session is a session of an account, or one in whose checkout its email was typed.
type Session struct {
	Token      string                     `json:"-"` // the token column of its row
	ID         string                     `json:"id"`
	Browser    string                     `json:"browser"` // for people: "Firefox on Linux"; "" for a guest's
	SignedInAt time.Time                  `json:"signed_in_at,omitzero"`
	Values     map[string]json.RawMessage `json:"values"`
	contact    cart.Contact
	expires    session.Expiry
}

// list notes that the session under way is one of the account, and forgets those that ended.
func list(ctx context.Context, tx *sql.Tx, id, browser string) error {
	const forget = `
DELETE FROM account_sessions WHERE account = $1
AND NOT EXISTS (SELECT 1 FROM sessions WHERE sessions.token = account_sessions.token)`
	const insert = `INSERT INTO account_sessions (token, account, browser, signed_in_at) VALUES ($1, $2, $3, $4)`
	_, err := tx.ExecContext(ctx, forget, id)
	if err == nil {
		_, err = tx.ExecContext(ctx, insert, session.Current(ctx).Hash, id, browser, time.Now().UnixMilli())
	}
	return query.Wrap(err, "account: list of sessions")
}

// Sessions returns the sessions of the account that are alive, the newest first.
func (a *Accounts) Sessions(ctx context.Context, id string) ([]Session, error) {
	all, err := sessionsOf(ctx, a.store.Read(), id)
	return slices.DeleteFunc(all, func(s Session) bool { return !s.expires.After(time.Now()) }), err
}

const sessionsSQL = `
SELECT s.token, s.data, s.expiry, l.browser, l.signed_in_at FROM account_sessions l JOIN sessions s ON s.token = l.token
WHERE l.account = $1 ORDER BY l.signed_in_at DESC, l.token`

func sessionsOf(ctx context.Context, q query.Querier, id string) (all []Session, err error) {
	err = eachSession(ctx, q, func(s Session) { all = append(all, s) }, sessionsSQL, id)
	return all, err
}

// eachSession calls visit with each session that text finds. One that cannot be read has
// no values.
func eachSession(ctx context.Context, q query.Querier, visit func(Session), text string, args ...any) error {
	err := query.Each(ctx, q, func(rows *sql.Rows) error {
		s, data, at := Session{Values: map[string]json.RawMessage{}}, []byte(nil), int64(0)
		if err := rows.Scan(&s.Token, &data, &s.expires, &s.Browser, &at); err != nil {
			return err
		}
		stored, _ := session.Decode(data)
		for _, v := range stored.Values {
			s.Values[v.Key] = v.JSON
		}
		s.ID, s.SignedInAt = session.ShortID(s.Token), query.Milli(at)
		s.contact, _ = ContactKey.In(stored)
		visit(s)
		return nil
	}, text, args...)
	return query.Wrap(err, "account: sessions")
}

// BySession returns the accounts of those sessions, by the token column, that are signed in.
func (a *Accounts) BySession(ctx context.Context, of []store.SessionRow) (map[string]Account, error) {
	found := make(map[string]Account)
	if len(of) == 0 {
		return found, nil
	}
	tokens := make([]any, len(of))
	for i, row := range of {
		tokens[i] = row.Token
	}
	text := `
SELECT a.id, a.email, a.password, a.cart, a.created_at, l.token FROM account_sessions l JOIN accounts a ON a.id = l.account
WHERE l.token IN (` + query.Params(len(tokens)) + `)`
	err := query.Each(ctx, a.store.Read(), func(rows *sql.Rows) error {
		var token string
		account, err := a.scan(rows, &token)
		found[token] = account
		return err
	}, text, tokens...)
	if err != nil {
		return nil, fmt.Errorf("account: by session: %w", err)
	}
	return found, nil
}

// End ends the sessions of the account that which reports, and returns how many. What is
// under way in them stores nothing any more. The error is the database's.
func (a *Accounts) End(ctx context.Context, id string, which func(Session) bool) (n int, err error) {
	err = a.store.Transact(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if err := lock(ctx, tx, id); err != nil {
			return err
		}
		n, err = a.end(ctx, tx, id, which)
		return err
	})
	if err == nil {
		a.log.InfoContext(ctx, "sessions of an account ended", "account", Account{ID: id}.Name(), "count", n)
	}
	return n, err
}

// Every is for End: all sessions.
func Every(Session) bool { return true }

// lock keeps other transactions from signing in to the account. It returns
// store.ErrNotFound if there is none. SQLite has one writer at a time in any case.
func lock(ctx context.Context, tx *sql.Tx, id string) error {
	found, err := query.Changed(tx.ExecContext(ctx, `UPDATE accounts SET email = email WHERE id = $1`, id))
	if err == nil && !found {
		err = query.ErrNotFound
	}
	return err
}

// end is End for an account that tx has locked.
func (a *Accounts) end(ctx context.Context, tx *sql.Tx, id string, which func(Session) bool) (n int, err error) {
	all, err := sessionsOf(ctx, tx, id)
	if err != nil {
		return 0, err
	}
	ending := slices.DeleteFunc(all, func(s Session) bool { return !which(s) })
	return len(ending), endAll(ctx, tx, ending)
}

// endAll ends sessions. That of the request is destroyed, so that its cookie goes as well.
func endAll(ctx context.Context, tx *sql.Tx, all []Session) error {
	for _, s := range all {
		end := func() error { return session.RevokeTx(ctx, tx, s.Token) }
		if m := Current(ctx); m != nil && s.Token == session.Current(ctx).Hash {
			end = func() error { return errors.Join(session.Destroy(ctx), session.CommitTx(ctx, tx)) }
		}
		if err := end(); err != nil && !errors.Is(err, session.ErrEnded) { // meanwhile
			return err
		}
	}
	return nil
}
