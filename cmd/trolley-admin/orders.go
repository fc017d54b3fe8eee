package main

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"trolley/internal/cart"
	"trolley/internal/store"
)

func (t tool) orders(ctx context.Context, _ []string) error {
	from, err := sinceTime(t.since, t.now())
	if err != nil || t.limit < 1 || t.asJSON && t.asCSV {
		return usagef("orders lists one order or more, as a table, -json or -csv, -since 24h or 2026-11-01: see orders -help")
	}
	print := printOrders
	switch {
	case t.asJSON:
		print = printJSON[[]cart.Order]
	case t.asCSV:
		print = printCSV
	}
	return t.looking(ctx, func(s *store.Store) error {
		orders, err := s.Orders(ctx, from, t.limit)
		if err != nil {
			return err
		}
		return print(t.stdout, append([]cart.Order{}, orders...))
	})
}

// looking opens the database to read in it.
func (t tool) looking(ctx context.Context, look func(*store.Store) error) error {
	return t.reading(func() error {
		s, err := store.OpenReadOnly(ctx, t.db, t.log())
		if err != nil {
			return err
		}
		return errors.Join(look(s), s.Close())
	})
}

// sinceTime reads an age, as 24h, or a day. No text is the beginning of time.
func sinceTime(text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.UnixMilli(0), nil
	}
	if age, err := time.ParseDuration(text); err == nil {
		return now.Add(-age), nil
	}
	return time.Parse(time.DateOnly, text)
}

func printJSON[T any](w io.Writer, v T) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

func printOrders(w io.Writer, orders []cart.Order) error {
	const columns = "%-14s  %-19s  %6v  %14s  %-9s  %s\n"
	fmt.Fprintf(w, columns, "ORDER", "PLACED", "UNITS", "TOTAL", "STATE", "NAME")
	for _, o := range orders {
		fmt.Fprintf(w, columns, o.Number, o.PlacedAt.Format(time.DateTime), o.Quantity,
			o.Total.Decimal()+" "+o.Currency, state(o), strconv.QuoteToGraphic(o.Contact.Name))
	}
	_, err := fmt.Fprintf(w, "%d listed\n", len(orders))
	return err
}

func state(o cart.Order) string {
	if o.CancelledAt.IsZero() {
		return "placed"
	}
	return "cancelled"
}

func printCSV(w io.Writer, orders []cart.Order) error {
	c := csv.NewWriter(w)
	records := [][]string{{"number", "placed_at", "state", "name", "email", "address", "postcode", "town", "country",
		"units", "total", "currency"}}
	for _, o := range orders {
		to := o.Contact
		records = append(records, []string{
			string(o.Number), o.PlacedAt.Format(time.RFC3339), state(o), text(to.Name), text(to.Email), text(to.Address),
			text(to.Postcode), text(to.Town), text(to.Country), strconv.Itoa(o.Quantity), o.Total.Decimal(), o.Currency,
		})
	}
	return c.WriteAll(records)
}

// text keeps a spreadsheet from reading what a shopper typed as a formula.
func text(s string) string {
	if strings.IndexAny(s, "=+-@\t\r") == 0 {
		return "'" + s
	}
	return s
}

// forOrder has a command take the number of one order, and says what is wrong with it.
func forOrder(do func(tool, context.Context, cart.OrderNumber) error) func(tool, context.Context, []string) error {
	return func(t tool, ctx context.Context, operands []string) error {
		number, err := cart.ParseOrderNumber(operands[0])
		if err != nil {
			return usagef("%.40q is no order number: orders lists them", operands[0])
		}
		err = do(t, ctx, number)
		switch {
		case errors.Is(err, store.ErrNotFound):
			return fmt.Errorf("no order has the number %s: orders lists them", number)
		case errors.Is(err, store.ErrCancelled):
			return fmt.Errorf("order %s was cancelled before; nothing is changed", number)
		}
		return err
	}
}

func (t tool) order(ctx context.Context, number cart.OrderNumber) error {
	return t.looking(ctx, func(s *store.Store) error {
		o, err := s.Order(ctx, number)
		if err != nil {
			return err
		}
		return printJSON(t.stdout, o)
	})
}

func (t tool) cancel(ctx context.Context, number cart.OrderNumber) error {
	return t.changing(ctx, func(s *store.Store) error {
		o, err := s.CancelOrder(ctx, number)
		if err == nil {
			t.journal().InfoContext(ctx, "order cancelled", "number", o.Number)
			fmt.Fprintf(t.stdout, "Cancelled order %s; %d back in stock.\n", o.Number, o.Quantity)
		}
		return err
	})
}
