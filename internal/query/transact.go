package query

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// Transact runs f in one transaction of db: it commits where f returns nil, and
// rolls back where f returns an error, which it returns, or panics. f must do all
// its database work on tx: on SQLite nothing else writes until the transaction
// ends, and waiting for oneself is waiting in vain.
//
// An error of the commit leaves open whether the transaction took place. When ctx
// is done, the wait for the database ends and the transaction is rolled back.
func Transact(ctx context.Context, db *sql.DB, f func(context.Context, *sql.Tx) error) (err error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin transaction: %w", err)
	}
	// Deferred, so that a panic in f rolls back too and goes on.
	defer func() {
		if failed := tx.Rollback(); failed != nil && !errors.Is(failed, sql.ErrTxDone) {
			err = errors.Join(err, fmt.Errorf("rollback: %w", failed))
		}
		if ended := ctx.Err(); ended != nil && errors.Is(err, sql.ErrTxDone) { // that is why it is done
			err = fmt.Errorf("%w: %w", ended, err)
		}
	}()
	if err := f(ctx, tx); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit transaction: %w", err)
	}
	return nil
}
