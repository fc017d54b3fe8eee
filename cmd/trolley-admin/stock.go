package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"

	"trolley/internal/store"
)

// signed is how much to add. It wants a sign: "stock mug 12" could mean either.
var signed = regexp.MustCompile(`^[+-][0-9]{1,9}$`)

func (t tool) stock(ctx context.Context, operands []string) error {
	sku := operands[0]
	if len(operands) == 1 {
		return t.looking(ctx, func(s *store.Store) error {
			p, err := s.Product(ctx, sku)
			return t.printStock(sku, p.Stock, err)
		})
	}
	if !signed.MatchString(operands[1]) {
		return usagef("%.40q is not how much to add, as +12 or -3, see stock -help", operands[1])
	}
	n, err := strconv.Atoi(operands[1])
	if err != nil {
		return err
	}
	return t.changing(ctx, func(s *store.Store) error {
		stock, err := s.AddStock(ctx, sku, n)
		if err == nil {
			t.journal().InfoContext(ctx, "stock changed", "sku", sku, "by", n, "stock", stock)
		}
		return t.printStock(sku, stock, err)
	})
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
