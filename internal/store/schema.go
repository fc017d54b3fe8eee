package store

import (
	"context"
	"database/sql"
	"fmt"

	"trolley/migrations"
)

// lookAtSchema looks whether this program knows the schema, and so the rules.
func lookAtSchema(ctx context.Context, db *sql.DB, set migrations.Set) ([]Check, error) {
	c := Check{Name: "schema", Of: "migrations"}
	var err error
	if c.Seen, err = migrations.Version(ctx, db); err != nil {
		return nil, err
	}
	if known := set.Newest(); c.Seen < 1 || c.Seen > known {
		c.wrong(Finding{
			Text:   fmt.Sprintf("its version is %d, and this program knows 1 to %d: use the trolley-admin that came with the shop's own program", c.Seen, known),
			Query:  "SELECT * FROM goose_db_version",
			Damage: true,
		})
		return []Check{c}, nil
	}
	if c.Seen >= shopSchema {
		err = lookAtShop(ctx, db, &c)
	}
	return []Check{c}, err
}
