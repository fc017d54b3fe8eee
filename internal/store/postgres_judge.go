package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
	"trolley/internal/postgres"
	"trolley/internal/query"
	"trolley/internal/sqlite"
	"trolley/migrations"

	"github.com/pressly/goose/v3"
)

// What a target is refused for.
var (
	errOtherShop = errors.New("it holds another shop: name an empty database")
	errOtherMove = errors.New("a move of another shop into it is not complete: run that one again, or name an empty database")
)

// targetState is what a database is to a move.
type targetState int

const (
	targetFresh    targetState = iota // empty, or a shop at which nobody has bought anything
	targetBegun                       // it holds a part of the shop
	targetComplete                    // the shop was moved into it before
)

// judge refuses a target that holds anything but the beginning, or all, of the
// shop. It writes nothing.
func (t *postgresTarget) judge(ctx context.Context, shop string) (targetState, error) {
	state, err := t.judgeTables(ctx, shop)
	if err == nil && state == targetFresh { // on a part of one no shop starts
		err = refuseServed(ctx, t.read)
	}
	if err != nil {
		return 0, fmt.Errorf("%s: %w", t.config.Name(), postgres.Explain(err))
	}
	return state, nil
}

func (t *postgresTarget) judgeTables(ctx context.Context, shop string) (targetState, error) {
	const text = `SELECT table_name FROM information_schema.tables
WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' AND table_name <> 'migration_lock' ORDER BY table_name`
	tables, err := query.All(ctx, t.read, query.Text, text)
	if err != nil {
		return 0, err
	}
	if err := t.judgeSchema(ctx, tables); err != nil {
		return 0, err
	}
	if slices.Contains(tables, "shop") {
		row, err := readShop(ctx, t.read)
		switch {
		case err != nil:
			return 0, err
		case row.moving && row.id == shop:
			return targetBegun, nil
		case row.moving:
			return 0, errOtherMove
		case row.id == shop:
			return targetComplete, nil
		}
	}
	if slices.Contains(tables, "sessions") {
		return targetFresh, t.unused(ctx)
	}
	return targetFresh, nil
}

// judgeSchema refuses tables that are not a shop's, or a newer one's. Those of an
// older one, such as a first start leaves that was interrupted, are migrated.
func (t *postgresTarget) judgeSchema(ctx context.Context, tables []string) error {
	if len(tables) == 0 {
		return nil
	}
	if !slices.Contains(tables, goose.DefaultTablename) {
		return foreign(tables)
	}
	missing, err := migrations.Postgres().Missing(ctx, t.read)
	if err == nil && missing < migrations.Postgres().Newest() && !slices.Contains(tables, "order_lines") {
		err = foreign(tables) // it only migrates as we do
	}
	return err
}

func foreign(tables []string) error {
	return fmt.Errorf("it holds tables of another program, such as %s: name an empty database", plain(tables[0]))
}

// unused refuses a shop that has sessions or orders.
func (t *postgresTarget) unused(ctx context.Context) error {
	for _, table := range []string{"orders", "sessions"} {
		n, err := t.countRows(ctx, table)
		if err != nil {
			return err
		}
		if n > 0 {
			return fmt.Errorf("%w (%d rows in %s)", errOtherShop, n, table)
		}
	}
	return nil
}

// leaveWithin is how long a connection may be listed after its program has ended.
const leaveWithin = 2 * time.Second

// refuseServed refuses a database that a shop is using, as far as the server
// tells: it tells everything to the user whom both use.
func refuseServed(ctx context.Context, q query.Querier) error {
	tick := time.NewTicker(leaveWithin / 20)
	defer tick.Stop()
	for began := time.Now(); ; {
		n, err := postgres.Serving(ctx, q)
		switch {
		case err != nil:
			return err
		case n == 0:
			return nil
		case time.Since(began) > leaveWithin:
			return sqlite.ErrInUse
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}
