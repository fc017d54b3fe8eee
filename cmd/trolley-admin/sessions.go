package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"trolley/internal/account"
	"trolley/internal/cart"
	"trolley/internal/locale"
	"trolley/internal/store"
	"trolley/session"
)

// cartKey is the value that holds a session's cart.
const cartKey session.Key[cart.Cart] = "cart"

// listed is a session as it is listed.
type listed struct {
	ID       string      `json:"id"`
	Created  *time.Time  `json:"created"` // null where unknown
	Expires  time.Time   `json:"expires"`
	Bytes    int         `json:"bytes"`
	Units    *int        `json:"units"` // null where the cart cannot be read
	Value    *cart.Money `json:"value"` // minor units; null where the cart cannot be read
	Currency string      `json:"currency"`
}

func (t tool) sessions(ctx context.Context, _ []string) error {
	if t.limit < 1 {
		return usagef("sessions lists one session or more, see sessions -help")
	}
	var rows []store.SessionRow
	var alive, expired int
	var about string
	var members map[string]account.Account
	err := t.looking(ctx, func(s *store.Store) (err error) {
		if alive, expired, err = s.CountSessions(ctx); err != nil {
			return err
		}
		if s.IsEstimate(alive, expired) {
			about = "about "
		}
		if rows, err = newest(ctx, s, t.now(), t.limit); err != nil {
			return err
		}
		if members, err = account.New(s, nil, t.log()).BySession(ctx, rows); err != nil {
			t.log().Warn("the carts of accounts cannot be read", "error", err) // an earlier shop's database has none
		}
		return nil
	})
	if err != nil {
		return err
	}
	list := make([]listed, 0, len(rows))
	for _, row := range rows {
		l := newListed(row)
		if m, ok := members[row.Token]; ok {
			l.count(m.Cart)
		}
		list = append(list, l)
	}
	if t.asJSON {
		return printJSON(t.stdout, list)
	}
	return printSessions(t.stdout, list, about+locale.Number(alive), expired)
}

// newest returns the newest sessions that are alive.
func newest(ctx context.Context, s *store.Store, now time.Time, limit int) (rows []store.SessionRow, err error) {
	const batch = 500
	stretch := store.SessionStretch{Limit: batch}
	for {
		some, err := s.NewestSessions(ctx, stretch)
		if err != nil {
			return nil, err
		}
		for _, one := range some {
			if one.Expires.After(now) && len(rows) < limit {
				rows = append(rows, one)
			}
		}
		if len(some) < batch || len(rows) == limit {
			return rows, nil
		}
		stretch.From = some[len(some)-1].Place
	}
}

// newListed reads what it can of a session's row.
func newListed(row store.SessionRow) listed {
	l := listed{
		ID: session.ShortID(row.Token), Expires: row.Expires.Truncate(time.Second),
		Bytes: len(row.Data), Currency: cart.Currency,
	}
	stored, err := session.Decode(row.Data)
	if err != nil {
		return l
	}
	if !stored.Created.IsZero() {
		l.Created = &stored.Created
	}
	isCart := func(v session.Value) bool { return v.Key == string(cartKey) }
	if c, readable := cartKey.In(stored); readable || !slices.ContainsFunc(stored.Values, isCart) {
		l.count(c)
	}
	return l
}

// count notes a cart, unless it is too dear to be added up.
func (l *listed) count(c cart.Cart) {
	if value, err := valueOf(c); err == nil {
		units := c.Quantity()
		l.Units, l.Value = &units, &value
	}
}

// valueOf is what a cart costs at the prices that it remembers.
func valueOf(c cart.Cart) (value cart.Money, err error) {
	for _, line := range c.Lines {
		total, err := line.UnitPrice.Times(line.Quantity)
		if err != nil {
			return 0, err
		}
		if value, err = value.Plus(total); err != nil {
			return 0, err
		}
	}
	return value, nil
}

// columns are the widths of the table: a name has 12 characters, a time 19, and
// a session at most 8 KiB and 200 units.
const columns = "%-12s  %-19s  %-19s  %6s  %10s  %14s\n"

func printSessions(w io.Writer, list []listed, alive string, expired int) error {
	fmt.Fprintf(w, columns, "SESSION", "CREATED", "EXPIRES", "BYTES", "UNITS", "VALUE")
	for _, l := range list {
		created, units, value := "unknown", "unreadable", "unreadable"
		if l.Created != nil {
			created = l.Created.UTC().Format(time.DateTime)
		}
		if l.Units != nil {
			units, value = locale.Number(*l.Units), l.Value.Decimal()+" "+l.Currency
		}
		fmt.Fprintf(w, columns, l.ID, created, l.Expires.Format(time.DateTime), locale.Number(l.Bytes), units, value)
	}
	_, err := fmt.Fprintf(w, "%s of %s alive; %s expired and not yet removed\n",
		locale.Number(len(list)), alive, locale.Number(expired))
	return err
}
