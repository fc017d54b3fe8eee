package verify

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"maps"
	"slices"
	"time"
	"unicode/utf8"

	"trolley/internal/cart"
	"trolley/internal/query"
	"trolley/session"
)

// expirySlack is by how much a session's expiry may pass its deadline, which is
// written in whole seconds.
const expirySlack = time.Second

type sessionChecks struct {
	readable, expiry Check
	cartChecks
}

// cartChecks check the carts of sessions, or of accounts.
type cartChecks struct {
	carts, ordered Check
	inCart         map[string][]string                 // the keys of the rows by the carts of a batch
	wrong          func(c *Check, key, problem string) // adds a finding for a row
}

// checkSessions checks every session, also those that have expired and wait for the purge.
func (d Database) checkSessions(ctx context.Context) ([]Check, error) {
	c := sessionChecks{Check{Name: "sessions", Of: "sessions"}, Check{Name: "session expiry", Of: "sessions"},
		cartChecks{Check{Name: "carts", Of: "carts"}, Check{Name: "carts and orders", Of: "carts"}, nil, wrongSession}}
	err := d.inBatches(ctx, "", c.next)
	return []Check{c.readable, c.expiry, c.carts, c.ordered}, err
}

// next checks the sessions after a token, and the orders of the same moment: an
// order and the emptied cart are stored together.
func (c *sessionChecks) next(ctx context.Context, tx *sql.Tx, after string) (last string, n int, err error) {
	c.inCart = map[string][]string{}
	err = query.Each(ctx, tx, func(rows *sql.Rows) error {
		var data []byte
		var expires session.Expiry
		if err := rows.Scan(&last, &data, &expires); err != nil {
			return err
		}
		c.session(last, data, expires.Time)
		n++
		return nil
	}, "SELECT token, data, expiry FROM sessions WHERE token > $1 ORDER BY token LIMIT $2", after, batch)
	if err == nil && len(c.inCart) > 0 {
		err = c.orders(ctx, tx)
	}
	return last, n, err
}

func (c *sessionChecks) session(token string, data []byte, expires time.Time) {
	c.readable.Seen++
	if hash, err := base64.RawURLEncoding.DecodeString(token); err != nil || len(hash) != sha256.Size {
		wrongSession(&c.readable, token, "its token is not a SHA-256 in base64url")
	}
	if !utf8.Valid(data) || bytes.IndexByte(data, 0) >= 0 {
		wrongSession(&c.readable, token, "it is not UTF-8 text")
		return
	}
	stored, err := session.Decode(data)
	if err != nil {
		wrongSession(&c.readable, token, err.Error())
		return
	}
	c.expiry.Seen++
	if expires.Year() < 1 {
		wrongSession(&c.expiry, token, "it expires before all time")
	}
	if expires.After(stored.Deadline.Add(expirySlack)) {
		wrongSession(&c.expiry, token, "it expires at "+expires.Format(time.RFC3339)+", after its deadline, "+stored.Deadline.Format(time.RFC3339))
	}
	for _, v := range stored.Values {
		if v.Key == "cart" && string(v.JSON) != "null" {
			c.cart(token, v.JSON)
		}
	}
}

func (c *cartChecks) cart(key string, data []byte) {
	c.carts.Seen++
	var stored cart.Cart
	if err := json.Unmarshal(data, &stored); err != nil {
		c.wrong(&c.carts, key, err.Error())
		return
	}
	c.inCart[stored.ID] = append(c.inCart[stored.ID], key)
}

// orders looks for carts of the batch that are orders already.
func (c *cartChecks) orders(ctx context.Context, tx *sql.Tx) error {
	c.ordered.Seen += len(c.inCart)
	ids := query.Args(slices.Collect(maps.Keys(c.inCart)))
	return query.Each(ctx, tx, func(rows *sql.Rows) error {
		var number, id string
		if err := rows.Scan(&number, &id); err != nil {
			return err
		}
		for _, key := range c.inCart[id] {
			c.wrong(&c.ordered, key, "its cart is order "+plain(number)+" already")
		}
		return nil
	}, "SELECT number, cart_id FROM orders WHERE cart_id IN ("+query.Params(len(ids))+") ORDER BY number", ids...)
}

// wrongSession adds a finding with the short name of the session: the whole token
// column is not shown.
func wrongSession(c *Check, token, problem string) {
	id := session.ShortID(token)
	c.wrong("SELECT *, CAST(data AS TEXT) FROM sessions WHERE substr(token, 1, 12) = "+literal(id),
		"session %s: %s", plain(id), problem)
}
