package main

import (
	"context"
	"errors"
	"flag"
	"fmt"

	"trolley/internal/cart"
	"trolley/internal/store"
)

func orderCommand() command {
	return command{
		name: "order", operands: "NUMBER", about: "show the order NUMBER",
		more:     "It prints JSON: times are UTC, amounts are in minor units of the currency.",
		examples: []string{"trolley-admin order 1YDX-3A0X-QA10"},
		setUp: func(*flag.FlagSet) action {
			return func(ctx context.Context, t tool, operands []string) error {
				number, err := orderNumber("order", operands)
				if err != nil {
					return err
				}
				return t.looking(ctx, func(s *store.Store) error {
					o, err := s.Order(ctx, number)
					if err != nil {
						return orderError(number, err)
					}
					return printJSON(t.stdout, o)
				})
			}
		},
	}
}

func cancelCommand() command {
	return command{
		name: "cancel", operands: "NUMBER", about: "cancel the order NUMBER and put its things back into stock",
		more: `Both happen in one transaction. The order stays, and its receipt says that it is
cancelled. Nothing is paid back: Trolley takes no payment.`,
		examples: []string{"trolley-admin cancel 1YDX-3A0X-QA10"},
		setUp: func(*flag.FlagSet) action {
			return func(ctx context.Context, t tool, operands []string) error {
				number, err := orderNumber("cancel", operands)
				if err != nil {
					return err
				}
				return t.changing(ctx, func(s *store.Store) error {
					o, err := s.CancelOrder(ctx, number)
					if err != nil {
						return orderError(number, err)
					}
					t.journal().InfoContext(ctx, "order cancelled", "number", o.Number)
					fmt.Fprintf(t.stdout, "Cancelled order %s; %d back in stock.\n", o.Number, o.Quantity)
					return nil
				})
			}
		},
	}
}

func orderNumber(command string, operands []string) (cart.OrderNumber, error) {
	if len(operands) != 1 {
		return "", usagef("%s needs the number of one order, see %s -help", command, command)
	}
	number, err := cart.ParseOrderNumber(operands[0])
	if err != nil {
		return "", usagef("%.40q is no order number: orders lists them", operands[0])
	}
	return number, nil
}

func orderError(number cart.OrderNumber, err error) error {
	switch {
	case errors.Is(err, store.ErrNotFound):
		return fmt.Errorf("no order has the number %s: orders lists them", number)
	case errors.Is(err, store.ErrCancelled):
		return fmt.Errorf("order %s was cancelled before; nothing is changed", number)
	}
	return err
}
