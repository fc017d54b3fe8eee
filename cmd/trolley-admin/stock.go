package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"regexp"
	"strconv"

	"trolley/internal/store"
)

func stockCommand() command {
	return command{
		name: "stock", operands: "SKU [+N|-N]", about: "show the stock of the product SKU, or add to it",
		more: `The change is added to what is there when it is made, so an order that is placed
at the same moment loses nothing. Stock never goes below 0.`,
		examples:  []string{"trolley-admin stock enamel-mug +12", "trolley-admin stock enamel-mug"},
		isOperand: regexp.MustCompile(`^-[0-9]+$`).MatchString,
		setUp: func(*flag.FlagSet) action {
			return func(ctx context.Context, t tool, operands []string) error {
				if len(operands) == 1 {
					return t.looking(ctx, func(s *store.Store) error {
						p, err := s.Product(ctx, operands[0])
						return t.printStock(operands[0], p.Stock, err)
					})
				}
				n, err := change(operands)
				if err != nil {
					return err
				}
				return t.changing(ctx, func(s *store.Store) error {
					stock, err := s.AddStock(ctx, operands[0], n)
					if err == nil {
						t.journal().InfoContext(ctx, "stock changed", "sku", operands[0], "by", n, "stock", stock)
					}
					return t.printStock(operands[0], stock, err)
				})
			}
		},
	}
}

// change reads how much to add. It wants a sign: "stock mug 12" could mean either.
func change(operands []string) (int, error) {
	if len(operands) == 2 && regexp.MustCompile(`^[+-][0-9]{1,9}$`).MatchString(operands[1]) {
		return strconv.Atoi(operands[1])
	}
	return 0, usagef("stock needs a SKU and how much to add, as +12 or -3, see stock -help")
}

func (t tool) printStock(sku string, stock int, err error) error {
	switch {
	case errors.Is(err, store.ErrNotFound):
		return fmt.Errorf("no product has the SKU %.40q", sku)
	case errors.Is(err, store.ErrStock):
		return fmt.Errorf("%s has %d in stock: it can have 0 to %d; nothing is changed", sku, stock, store.MaxStock)
	case err != nil:
		return err
	}
	_, err = fmt.Fprintf(t.stdout, "%s: %d in stock\n", sku, stock)
	return err
}
