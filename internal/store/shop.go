package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// errMoving refuses a database that holds a part of a shop.
var errMoving = errors.New("a move into it is not complete: run trolley-admin move again, or name another database")

// shopRow is the one row of the table shop.
type shopRow struct {
	id     string
	moving bool
}

func readShop(ctx context.Context, q querier) (shopRow, error) {
	row, err := one(ctx, q, func(rows *sql.Rows) (s shopRow, err error) {
		return s, rows.Scan(&s.id, &s.moving)
	}, "SELECT id, moving FROM shop")
	if err != nil {
		return row, fmt.Errorf("which shop it is: %w", err)
	}
	return row, nil
}

// shopSchema is the version of the schema that brought the table.
const shopSchema = 3

// lookAtShop looks whether all of the shop is there.
func lookAtShop(ctx context.Context, q querier, c *Check) error {
	err := wholeShop(ctx, q)
	if errors.Is(err, errMoving) {
		c.wrong(Finding{Text: err.Error(), Query: "SELECT * FROM shop", Damage: true})
		return nil
	}
	return err
}

// wholeShop refuses a database into which a move is not complete.
func wholeShop(ctx context.Context, q querier) error {
	row, err := readShop(ctx, q)
	if err == nil && row.moving {
		err = errMoving
	}
	return err
}
