package account

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"trolley/internal/query"
	"trolley/session"
)

// Session is a session that is signed in.
type Session struct {
	Token      string // the token column of its row
	Browser    string // for people: "Firefox on Linux"
	SignedInAt time.Time
	expires    session.Expiry
}

// ID returns its short name.
func (s Session) ID() string { return session.ShortID(s.Token) }

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
	if err != nil {
		return fmt.Errorf("account: list of sessions: %w", err)
	}
	return nil
}

// Sessions returns the sessions of the account that are alive, the newest first.
func (a *Accounts) Sessions(ctx context.Context, id string) (alive []Session, err error) {
	all, err := sessionsOf(ctx, a.store.Read(), id)
	for _, s := range all {
		if s.expires.After(time.Now()) {
			alive = append(alive, s)
		}
	}
	return alive, err
}

func sessionsOf(ctx context.Context, q query.Querier, id string) ([]Session, error) {
	const text = `
SELECT l.token, l.browser, l.signed_in_at, s.expiry FROM account_sessions l JOIN sessions s ON s.token = l.token
WHERE l.account = $1 ORDER BY l.signed_in_at DESC, l.token`
	all, err := query.All(ctx, q, func(rows *sql.Rows) (s Session, err error) {
		var at int64
		err = rows.Scan(&s.Token, &s.Browser, &at, &s.expires)
		s.SignedInAt = time.UnixMilli(at).UTC()
		return s, err
	}, text, id)
	if err != nil {
		return nil, fmt.Errorf("account: sessions: %w", err)
	}
	return all, nil
}

// BySession returns the accounts of those sessions, by the token column, that are signed in.
func (a *Accounts) BySession(ctx context.Context, tokens []string) (map[string]Account, error) {
	found := make(map[string]Account)
	if len(tokens) == 0 {
		return found, nil
	}
	text := `
SELECT a.id, a.email, a.password, a.cart, a.created_at, l.token FROM account_sessions l JOIN accounts a ON a.id = l.account
WHERE l.token IN (` + query.Params(len(tokens)) + `)`
	err := query.Each(ctx, a.store.Read(), func(rows *sql.Rows) error {
		var token string
		account, err := a.scan(rows, &token)
		found[token] = account
		return err
	}, text, query.Args(tokens)...)
	if err != nil {
		return nil, fmt.Errorf("account: by session: %w", err)
	}
	return found, nil
}

// End ends the sessions of the account that which reports, and returns how many. What is
// under way in them stores nothing any more. The error is the database's.
func (a *Accounts) End(ctx context.Context, id string, which func(token string) bool) (n int, err error) {
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
func Every(string) bool { return true }

// lock keeps other transactions from signing in to the account. It returns
// store.ErrNotFound if there is none. SQLite has one writer at a time in any case.
func lock(ctx context.Context, tx *sql.Tx, id string) error {
	found, err := query.Changed(tx.ExecContext(ctx, `UPDATE accounts SET email = email WHERE id = $1`, id))
	if err == nil && !found {
		err = query.ErrNotFound
	}
	return err
}

// end is End for an account that tx has locked. The session of the request is destroyed, so
// that its cookie goes as well.
func (a *Accounts) end(ctx context.Context, tx *sql.Tx, id string, which func(token string) bool) (n int, err error) {
	all, err := sessionsOf(ctx, tx, id)
	if err != nil {
		return 0, err
	}
	own := ""
	if m := Current(ctx); m != nil {
		own = session.Current(ctx).Hash
	}
	for _, s := range all {
		if !which(s.Token) {
			continue
		}
		if s.Token == own {
			err = destroy(ctx, tx)
		} else {
			err = session.RevokeTx(ctx, tx, s.Token)
		}
		if err != nil && !errors.Is(err, session.ErrEnded) { // meanwhile
			return n, err
		}
		n++
	}
	return n, nil
}

func destroy(ctx context.Context, tx *sql.Tx) error {
	if err := session.Destroy(ctx); err != nil {
		return err
	}
	return session.CommitTx(ctx, tx)
}
