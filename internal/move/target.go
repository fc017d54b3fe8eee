package move

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"trolley/internal/postgres"
	"trolley/internal/query"
	"trolley/migrations"
)

// What a target is refused for.
var (
	errFile      = errors.New("a shop is moved into PostgreSQL only: name a database like postgres://user@host:5432/database")
	errOtherShop = errors.New("it holds another shop: name an empty database")
	errOtherMove = errors.New("a move of another shop into it is not complete: run that one again, or name an empty database")
)

// target is a database into which a shop is to be moved.
type target struct {
	*postgres.DB
	log *slog.Logger
}

// openTarget writes nothing.
func openTarget(ctx context.Context, dsn string, log *slog.Logger) (*target, error) {
	if !postgres.IsURL(dsn) {
		return nil, errFile
	}
	db, err := postgres.OpenAny(ctx, dsn, log)
	return &target{db, log}, err
}

// state is what a database is to a move.
type state int

const (
	fresh    state = iota // empty, or a shop without sessions and orders
	begun                 // it holds a part of the shop
	complete              // the shop was moved into it before
)

// inspect refuses a target that holds anything but the beginning, or all, of the
// shop. It writes nothing.
func (t *target) inspect(ctx context.Context, shop string) (state, error) {
	s, err := t.inspectTables(ctx, shop)
	if err == nil && s == fresh { // on a part of one no shop starts
		err = refuseServed(ctx, t.Write)
	}
	if err != nil {
		return 0, fmt.Errorf("%s: %w", t.Name, postgres.Explain(err))
	}
	return s, nil
}

func (t *target) inspectTables(ctx context.Context, shop string) (state, error) {
	names, err := postgres.Look(ctx, t.Write)
	if err != nil || len(names) == 0 {
		return fresh, err
	}
	if slices.Contains(names, "shop") {
		id, moving, err := readShop(ctx, t.Write)
		switch {
		case err != nil:
			return 0, err
		case moving && id == shop:
			return begun, nil
		case moving:
			return 0, errOtherMove
		case id == shop:
			return complete, nil
		}
	}
	return fresh, t.unused(ctx, names)
}

// unused refuses a shop that has sessions or orders.
func (t *target) unused(ctx context.Context, names []string) error {
	for _, name := range []string{"orders", "sessions"} {
		if !slices.Contains(names, name) {
			continue
		}
		n, err := count(ctx, t.Write, name)
		if err != nil {
			return err
		}
		if n > 0 {
			return fmt.Errorf("%w (%d rows in %s)", errOtherShop, n, name)
		}
	}
	return nil
}

// readShop reads which shop a database is, and whether a move into it is not complete.
func readShop(ctx context.Context, db *sql.DB) (id string, moving bool, err error) {
	err = db.QueryRowContext(ctx, "SELECT id, moving FROM shop").Scan(&id, &moving)
	return id, moving, query.Wrap(err, "which shop it is")
}

// begin makes the target the empty beginning of the shop: only the rows of a move
// of the same shop that was not completed are removed, and the catalogue of a
// shop without sessions and orders.
func (t *target) begin(ctx context.Context, s state, shop string) error {
	if err := migrations.Postgres().Up(ctx, t.Write, t.log); err != nil {
		return err
	}
	statements := []string{"DELETE FROM products", "DELETE FROM categories"}
	if s == begun {
		var names []string
		for _, table := range tables() {
			names = append(names, table.name)
		}
		statements = []string{"TRUNCATE TABLE " + strings.Join(names, ", ")}
	}
	return query.Transact(ctx, t.Write, func(ctx context.Context, tx *sql.Tx) error {
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
func (t *target) finish(ctx context.Context, shop string) error {
	done, err := query.Changed(t.Write.ExecContext(ctx, "UPDATE shop SET moving = FALSE WHERE id = $1 AND moving", shop))
	if err == nil && !done {
		err = errors.New("another move came in between")
	}
	return err
}
