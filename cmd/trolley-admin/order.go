package main

import (
	"context"
	"errors"
	"fmt"

	"trolley/internal/cart"
	"trolley/internal/store"
)

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
