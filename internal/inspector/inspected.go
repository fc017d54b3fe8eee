package inspector

import (
	"bytes"
	"context"
	"hash/fnv"
	"html/template"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"trolley/internal/cart"
	"trolley/internal/locale"
	"trolley/internal/inspector/plot"
	"trolley/internal/inspector/recent"
	"trolley/internal/store"
	"trolley/session"
)

// inspected is a session as it lies in the table, decoded, with its cart priced
// as the shopper would see it now.
type inspected struct {
	row        store.ListedSession
	stored     session.Stored
	unreadable error // what is wrong with the row's data; nil for nothing
	quote      cart.Quote
	overflow   bool // the cart is too dear to be added up
	history    recent.History
}

// inspectRows decodes rows and prices their carts, all with one look at the products.
func (ins *Inspector) inspectRows(ctx context.Context, rows []store.ListedSession) ([]inspected, error) {
	found, carts := make([]inspected, len(rows)), make([]cart.Cart, len(rows))
	skus := make(map[string]bool)
	now := time.Now()
	for i, row := range rows {
		s := inspected{row: row, history: ins.recent.History(row.Token, now)}
		s.stored, s.unreadable = session.Decode(row.Data)
		carts[i] = ins.CartOf(s.stored)
		for _, line := range carts[i].Lines {
			skus[line.SKU] = true
		}
		found[i] = s
	}
	products, err := ins.store.ProductsBySKU(ctx, slices.Sorted(maps.Keys(skus)))
	if err != nil {
		return nil, err
	}
	for i := range found {
		quote, err := carts[i].Quote(products)
		found[i].quote, found[i].overflow = quote, err != nil
	}
	return found, nil
}

// mayMatch is matches for a row that is not decoded yet: false where it cannot
// match.
func (q sessionsQuery) mayMatch(s store.ListedSession) bool {
	return bytes.Contains(s.Data, []byte(q.SKU)) && bytes.Contains(s.Data, []byte(q.Key))
}

// matches reports whether the query asks for a session.
func (q sessionsQuery) matches(s inspected) bool {
	has := func(key string) bool {
		return slices.ContainsFunc(s.stored.Values, func(v session.Value) bool { return v.Key == key })
	}
	in := func(sku string) bool {
		return slices.ContainsFunc(s.quote.Lines, func(l cart.QuoteLine) bool { return l.SKU == sku })
	}
	expiring := q.Expiring == "" || s.alive() && s.row.Expires.Before(q.before())
	return expiring && (q.Key == "" || has(q.Key)) && (q.SKU == "" || in(q.SKU))
}

func (s inspected) alive() bool { return time.Now().Before(s.row.Expires) }

// sessionView is a session as the list shows it.
type sessionView struct {
	ID, Revision           string // Revision changes with the row
	Created, Last, Expires time.Time
	Alive, Older           bool // Older than this process
	Unreadable, Overflow   bool
	Bytes, Lines, Units    int
	Value                  cart.Money
	Keys                   string
	Spark                  template.HTML
}

// view returns a session for the list. most is the most that any session in it
// did within a minute.
func (ins *Inspector) view(s inspected, most int) sessionView {
	v := sessionView{
		ID: session.ShortID(s.row.Token), Revision: revision(s.row), Created: s.stored.Created, Last: s.history.Last, Expires: s.row.Expires,
		Alive: s.alive(), Older: !s.stored.Created.IsZero() && s.stored.Created.Before(ins.Started.Truncate(time.Second)),
		Unreadable: s.unreadable != nil, Overflow: s.overflow,
		Bytes: len(s.row.Data), Lines: len(s.quote.Lines), Units: s.quote.Quantity, Value: s.quote.Subtotal,
	}
	var keys []string
	for _, value := range s.stored.Values {
		keys = append(keys, value.Key)
	}
	v.Keys = strings.Join(keys, ", ")
	label := locale.Plural(s.history.Total, "change", "changes") + " in " + locale.Number(recent.Minutes) + " minutes"
	v.Spark = template.HTML(plot.Spark(activityOf(s.history), most, label))
	return v
}

// revision changes with the row.
func revision(row store.ListedSession) string {
	h := fnv.New64a()
	_, _ = h.Write(row.Data)
	return strconv.FormatUint(h.Sum64()^math.Float64bits(row.Expiry), 36)
}

// activityOf returns the activity of a session, also of one that is not known.
func activityOf(h recent.History) []int {
	if h.Activity == nil {
		return make([]int, recent.Minutes)
	}
	return h.Activity
}
