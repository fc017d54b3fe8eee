package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"time"
	"trolley/internal/query"
)

// expirySlack is by how much a session's expiry may pass its deadline, which is
// written in whole seconds.
const expirySlack = time.Second

// sessionAudit is what is found out about the sessions as they pass by.
type sessionAudit struct {
	readable, expiry, carts, ordered Check
	inCart                           map[string][]string // the sessions of each cart of the batch
}

// lookAtSessions looks at every session, those included that are over and wait
// for the purge.
func (s *Store) lookAtSessions(ctx context.Context) ([]Check, error) {
	a := sessionAudit{
		readable: Check{Name: "sessions", Of: "sessions"}, expiry: Check{Name: "session expiry", Of: "sessions"},
		carts: Check{Name: "carts", Of: "carts"}, ordered: Check{Name: "carts and orders", Of: "carts"},
	}
	for after := ""; ; {
		last, n, err := s.auditSessions(ctx, &a, after)
		if err != nil {
			return nil, err
		}
		s.tellLooked(n)
		if n < verifyBatch {
			return []Check{a.readable, a.expiry, a.carts, a.ordered}, nil
		}
		after = last
	}
}

// auditSessions looks at the next sessions, and at the orders of the same
// moment: an order and the emptied cart are stored together.
func (s *Store) auditSessions(ctx context.Context, a *sessionAudit, after string) (last string, n int, err error) {
	const next = "SELECT 0, token, data, expiry FROM sessions WHERE token > $1 ORDER BY token LIMIT $2"
	tx, err := s.read.BeginTx(ctx, oneMoment())
	if err != nil {
		return "", 0, err
	}
	defer func() { err = errors.Join(err, tx.Rollback()) }()
	a.inCart = make(map[string][]string, verifyBatch)
	err = query.Each(ctx, tx, func(rows *sql.Rows) error {
		listed, err := scanListed(rows)
		row := listed.SessionRow
		if err == nil {
			a.session(row)
			last, n = row.Token, n+1
		}
		return err
	}, next, after, verifyBatch)
	if err != nil {
		return "", 0, err
	}
	return last, n, a.carted(ctx, tx)
}

func (a *sessionAudit) session(row SessionRow) {
	a.readable.Seen++
	wrong := func(c *Check, problem string) {
		c.wrong(Finding{Text: "session " + shortID(row.Token) + ": " + problem, Query: sessionQuery(row.Token)})
	}
	if hash, err := base64.RawURLEncoding.DecodeString(row.Token); err != nil || len(hash) != sha256.Size {
		wrong(&a.readable, "its token is not a SHA-256 in base64url")
	}
	data, err := ParseSessionData(row.Data)
	if err != nil {
		wrong(&a.readable, err.Error())
		return
	}
	a.expiry.Seen++
	if row.Expires.After(data.Deadline.Add(expirySlack)) {
		wrong(&a.expiry, "it expires at "+row.Expires.Format(time.RFC3339)+", after its deadline, "+data.Deadline.Format(time.RFC3339))
	}
	c, ok, err := data.Cart()
	if err != nil {
		wrong(&a.carts, err.Error())
	}
	if ok {
		a.inCart[c.ID] = append(a.inCart[c.ID], row.Token)
	}
	if ok || err != nil {
		a.carts.Seen++
	}
}

// carted looks for carts of the batch that are orders already.
func (a *sessionAudit) carted(ctx context.Context, tx *sql.Tx) error {
	if len(a.inCart) == 0 {
		return nil
	}
	a.ordered.Seen += len(a.inCart)
	ids := make([]any, 0, len(a.inCart))
	for id := range a.inCart {
		ids = append(ids, id)
	}
	return query.Each(ctx, tx, func(rows *sql.Rows) error {
		var number, id string
		if err := rows.Scan(&number, &id); err != nil {
			return err
		}
		for _, token := range a.inCart[id] {
			a.ordered.wrong(Finding{
				Text:  fmt.Sprintf("session %s: its cart is order %s already", shortID(token), plain(number)),
				Query: sessionQuery(token),
			})
		}
		return nil
	}, "SELECT number, cart_id FROM orders WHERE cart_id IN ("+query.Params(len(ids))+") ORDER BY number", ids...)
}

// shortID is the name of a session for people, as in the log and the views.
func shortID(token string) string { return plain(token[:min(12, len(token))]) }

// sessionQuery shows a session's row without its whole token column.
func sessionQuery(token string) string {
	return "SELECT *, CAST(data AS TEXT) FROM sessions WHERE substr(token, 1, 12) = " + literal(token[:min(12, len(token))])
}
