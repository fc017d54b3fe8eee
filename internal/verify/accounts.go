package verify

import (
	"context"
	"database/sql"

	"trolley/internal/account"
	"trolley/internal/query"
)

// checkAccounts checks that each account can be signed in to, and its cart.
func (d Database) checkAccounts(ctx context.Context) ([]Check, error) {
	all := Check{Name: "accounts", Of: "accounts"}
	c := cartChecks{carts: Check{Name: "carts of accounts", Of: "carts"}, ordered: Check{Name: "carts of accounts and orders", Of: "carts"},
		wrong: wrongAccount}
	err := d.inBatches(ctx, "", func(ctx context.Context, tx *sql.Tx, after string) (last string, n int, err error) {
		c.inCart = map[string][]string{}
		err = query.Each(ctx, tx, func(rows *sql.Rows) error {
			var email, hash, cart string
			if err := rows.Scan(&last, &email, &hash, &cart); err != nil {
				return err
			}
			if err := account.CheckRow(email, hash); err != nil {
				wrongAccount(&all, last, err.Error())
			}
			if cart != "" {
				c.cart(last, []byte(cart))
			}
			n++
			return nil
		}, "SELECT id, email, password, cart FROM accounts WHERE id > $1 ORDER BY id LIMIT $2", after, batch)
		if err == nil && len(c.inCart) > 0 {
			err = c.orders(ctx, tx)
		}
		all.Seen += n
		return last, n, err
	})
	return []Check{all, c.carts, c.ordered}, err
}

func wrongAccount(c *Check, id, problem string) {
	c.wrong("SELECT * FROM accounts WHERE id = "+literal(id), "account %s: %s", plain(id[:min(8, len(id))]), problem)
}
