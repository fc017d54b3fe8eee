package cart

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ErrInvalid reports a cart that breaks a rule: one that this package did not
// make, or whose stored form was changed.
var ErrInvalid = errors.New("cart: invalid cart")

// Validate returns nil where c follows every rule, and an error that wraps
// [ErrInvalid] and names the broken rule where it does not. The lines and what
// Undo would bring back count together, so Undo always has room for all of it.
func (c Cart) Validate() error {
	if !isID(c.ID) {
		return fmt.Errorf("%w: id %.40q", ErrInvalid, c.ID)
	}
	if c.Currency != Currency {
		return fmt.Errorf("%w: currency %.10q", ErrInvalid, c.Currency)
	}
	if c.RemovedFrom < 0 || c.RemovedFrom > len(c.Lines) || c.RemovedFrom > 0 && len(c.Removed) == 0 {
		return fmt.Errorf("%w: removed from place %d", ErrInvalid, c.RemovedFrom)
	}
	return validateLines(slices.Concat(c.Lines, c.Removed))
}

func validateLines(lines []Line) error {
	if len(lines) > MaxLines {
		return fmt.Errorf("%w: %d lines", ErrInvalid, len(lines))
	}
	units := 0
	for i, line := range lines {
		if err := line.validate(); err != nil {
			return err
		}
		if slices.ContainsFunc(lines[:i], func(l Line) bool { return l.SKU == line.SKU }) {
			return fmt.Errorf("%w: two lines of %s", ErrInvalid, line.SKU)
		}
		units += line.Quantity
	}
	if units > MaxUnits {
		return fmt.Errorf("%w: %d units", ErrInvalid, units)
	}
	return nil
}

func (l Line) validate() error {
	switch {
	case !IsSKU(l.SKU):
		return fmt.Errorf("%w: SKU %.50q", ErrInvalid, l.SKU)
	case l.Quantity < 1 || l.Quantity > MaxPerLine:
		return fmt.Errorf("%w: quantity %d of %s", ErrInvalid, l.Quantity, l.SKU)
	case l.UnitPrice < 0:
		return fmt.Errorf("%w: unit price %d of %s", ErrInvalid, l.UnitPrice, l.SKU)
	}
	return nil
}

func isID(s string) bool {
	return len(s) == idLength && strings.Trim(s, idAlphabet) == ""
}
