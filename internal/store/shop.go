package store

import (
	"context"
	"database/sql"
	"fmt"
	"trolley/internal/query"
	"trolley/migrations"
)

// shopRow is the one row of the table shop.
type shopRow struct {
	id     string
	moving bool
}

func readShop(ctx context.Context, q query.Querier) (shopRow, error) {
	row, err := query.One(ctx, q, func(rows *sql.Rows) (s shopRow, err error) {
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
func lookAtShop(ctx context.Context, q query.Querier, c *Check) error {
	row, err := readShop(ctx, q)
	if err == nil && row.moving {
		c.wrong(Finding{Text: migrations.ErrMoving.Error(), Query: "SELECT * FROM shop", Damage: true})
	}
	return err
}
