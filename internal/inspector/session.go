package inspector

import (
	"context"
	"hash/crc32"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"trolley/internal/cart"
	"trolley/internal/inspector/plot"
	"trolley/internal/locale"
	"trolley/internal/store"
	"trolley/session"
)

// sessionView is a session as it lies in the table, decoded, with its cart priced
// as the shopper would see it now.
type sessionView struct {
	store.SessionRow
	session.Stored
	Account  string // the email of who is signed in; "" for a guest
	Problem  error  // why the row's data cannot be read; nil for nothing
	Quote    cart.Quote
	Overflow bool // the cart is too dear to be added up
	History  history
	Older    bool // than this process
	busiest  int  // changes in a minute of the busiest session in the same list
}

// views decodes rows and prices their carts, all with one query of the products.
func (ins *Inspector) views(ctx context.Context, rows []store.SessionRow) ([]sessionView, error) {
	views, carts := make([]sessionView, len(rows)), make([]cart.Cart, len(rows))
	skus := make(map[string]bool)
	now, started := time.Now(), ins.Started.Truncate(time.Second)
	busiest := 3 // changes in a minute that a sparkline has room for
	members, err := ins.Accounts.BySession(ctx, rows)
	if err != nil {
		return nil, err
	}
	for i, row := range rows {
		v := sessionView{SessionRow: row, History: ins.history(row.Token, now)}
		v.Stored, v.Problem = session.Decode(row.Data)
		v.Older = !v.Created.IsZero() && v.Created.Before(started)
		carts[i] = ins.CartOf(v.Stored)
		if m, ok := members[row.Token]; ok {
			v.Account, carts[i] = m.Email, m.Cart
		}
		for _, line := range carts[i].Lines {
			skus[line.SKU] = true
		}
		views[i], busiest = v, max(busiest, slices.Max(append(v.History.Activity, 0)))
	}
	products, err := ins.store.ProductsBySKU(ctx, slices.Sorted(maps.Keys(skus)))
	if err != nil {
		return nil, err
	}
	for i := range views {
		quote, err := carts[i].Quote(products)
		views[i].Quote, views[i].Overflow, views[i].busiest = quote, err != nil, busiest
	}
	return views, nil
}

// ID is the short name. Pages show no more of the token column: they end up in
// screenshots.
func (v sessionView) ID() string { return session.ShortID(v.Token) }

// Alive reports whether the session has not expired.
func (v sessionView) Alive() bool { return time.Now().Before(v.Expires) }

// Revision changes with the row.
func (v sessionView) Revision() string {
	return strconv.FormatUint(uint64(crc32.ChecksumIEEE(v.Data))^math.Float64bits(v.Expiry), 36)
}

// Keys are the names of its values.
func (v sessionView) Keys() string {
	var keys []string
	for _, value := range v.Values {
		keys = append(keys, value.Key)
	}
	return strings.Join(keys, ", ")
}

// Spark is the path of its sparkline.
func (v sessionView) Spark() string { return plot.Spark(v.History.Activity, v.busiest) }

// SparkLabel says the same in words.
func (v sessionView) SparkLabel() string {
	return locale.Plural(v.History.Total, "change", "changes") + " in " + locale.Number(activeMinutes) + " minutes"
}
