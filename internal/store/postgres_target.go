package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"

	"trolley/internal/postgres"
	"trolley/internal/query"
	"trolley/migrations"
)

// postgresTarget is a database into which a shop is to be moved.
type postgresTarget struct {
	*Store
	config *postgres.Config
}

// errFileTarget refuses a target that is a file.
var errFileTarget = errors.New("a shop is moved into PostgreSQL only: name a database like postgres://user@host:5432/database")

// openTarget writes nothing.
func openTarget(ctx context.Context, dsn string, log *slog.Logger) (*postgresTarget, error) {
	if !IsPostgres(dsn) {
		return nil, errFileTarget
	}
	c, err := postgres.Parse(dsn)
	if err != nil {
		return nil, err
	}
	db := c.AdminPool()
	if err := postgres.CheckServer(ctx, db, log); err != nil {
		return nil, fmt.Errorf("open %s: %w", c.Name(), errors.Join(postgres.Explain(err), db.Close()))
	}
	return &postgresTarget{newStore(db, db, db.Close, log), c}, nil
}

// alone runs f while no other process migrates the target or moves into it.
func (t *postgresTarget) alone(ctx context.Context, f func() error) error {
	return postgres.Exclusively(ctx, t.write, f)
}

// begin makes the target the empty beginning of the shop: only the rows of a move
// of the same shop that was not completed are removed, and the catalogue of a
// shop at which nobody has bought anything.
func (t *postgresTarget) begin(ctx context.Context, state targetState, shop string) error {
	if err := migrations.Postgres().Up(ctx, t.write, t.log); err != nil {
		return err
	}
	statements := []string{"DELETE FROM products", "DELETE FROM categories"}
	if state == targetBegun {
		statements = []string{"TRUNCATE TABLE ended_sessions, sessions, order_lines, orders, products, categories"}
	}
	return t.Transact(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "UPDATE shop SET id = $1, moving = TRUE", shop); err != nil {
			return err
		}
		for _, text := range statements {
			if _, err := tx.ExecContext(ctx, text); err != nil {
				return err
			}
		}
		return nil
	})
}

// finish makes the target a shop.
func (t *postgresTarget) finish(ctx context.Context, shop string) error {
	done, err := query.Changed(t.write.ExecContext(ctx, "UPDATE shop SET moving = FALSE WHERE id = $1 AND moving", shop))
	if err == nil && !done {
		err = errors.New("another move came in between")
	}
	return err
}
