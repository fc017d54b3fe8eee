package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"trolley/migrations"
)

// migrationTimeout is how long a start waits for another process's migration.
const migrationTimeout = time.Minute

// migrate runs the migrations in one transaction that holds SQLite's write lock
// from its start: a second process waits, and then finds nothing to do. goose by
// itself decides what to run before it takes any lock.
func migrate(ctx context.Context, path string, set migrations.Set, log *slog.Logger) (err error) {
	db := sql.OpenDB(inTransaction{newConnector(path, migrator)})
	db.SetMaxOpenConns(1)
	defer func() { err = errors.Join(err, db.Close()) }() // without COMMIT, nothing was changed
	if err := set.Up(ctx, db, log); err != nil {
		return err
	}
	if _, err := db.ExecContext(ctx, "COMMIT"); err != nil {
		return fmt.Errorf("migrate: commit: %w", err)
	}
	return nil
}

// inTransaction opens connections that are in a transaction from the start, the
// only one that can write. A transaction begun on them is a savepoint in it.
type inTransaction struct{ *connector }

// Connect implements driver.Connector.
func (c inTransaction) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	outer := outerTx{conn.(sqliteConn)}
	if err := outer.run(ctx, "BEGIN IMMEDIATE"); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return outer, nil
}

// sqliteConn is what database/sql uses of a connection of modernc.org/sqlite.
type sqliteConn interface {
	driver.Conn
	driver.ExecerContext
	driver.QueryerContext
	driver.ConnPrepareContext
	driver.SessionResetter
	driver.Validator
}

type outerTx struct{ sqliteConn }

func (c outerTx) run(ctx context.Context, text string) error {
	_, err := c.ExecContext(ctx, text, nil)
	return err
}

// BeginTx implements driver.ConnBeginTx.
func (c outerTx) BeginTx(ctx context.Context, _ driver.TxOptions) (driver.Tx, error) {
	return savepoint{c}, c.run(ctx, "SAVEPOINT migration")
}

type savepoint struct{ conn outerTx }

// Commit implements driver.Tx.
func (s savepoint) Commit() error {
	return s.conn.run(context.Background(), "RELEASE migration")
}

// Rollback implements driver.Tx.
func (s savepoint) Rollback() error {
	return s.conn.run(context.Background(), "ROLLBACK TO migration; RELEASE migration")
}
