package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// Transact runs f in one transaction of the write pool: it commits where f
// returns nil, and rolls back where f returns an error, which it returns, or
// panics. f must do all its database work on tx: on SQLite nobody else writes
// until it ends, and waiting for oneself is waiting in vain.
//
// An error of the commit itself leaves open whether the transaction took place.
// When ctx is done, SQLite gives up waiting and the transaction is rolled back.
func (s *Store) Transact(ctx context.Context, f func(context.Context, *sql.Tx) error) error {
	return transact(ctx, s.write, f)
}

func transact(ctx context.Context, db *sql.DB, f func(context.Context, *sql.Tx) error) (err error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin transaction: %w", err)
	}
	committed := false
	// Deferred, so that a panic in f rolls back too and goes on.
	defer func() {
		if committed {
			return
		}
		if failed := rollback(tx); failed != nil {
			err = errors.Join(err, failed)
		}
	}()
	if err := f(ctx, tx); err != nil {
		return err
	}
	committed = true
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit transaction: %w", err)
	}
	return nil
}

// rollback returns nil also where tx is over already, as it is once its context is.
func rollback(tx *sql.Tx) error {
	if err := tx.Rollback(); err != nil && !errors.Is(err, sql.ErrTxDone) {
		return fmt.Errorf("rollback: %w", err)
	}
	return nil
}
