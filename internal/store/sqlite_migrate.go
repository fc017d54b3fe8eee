package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"time"

	"github.com/pressly/goose/v3"

	"trolley/migrations"
)

// migrationTimeout is how long a start waits for another process's migration.
const migrationTimeout = time.Minute

func migrateSQLite(ctx context.Context, path string, write *sql.DB, log *slog.Logger) error {
	files, err := fs.Sub(migrations.FS, "sqlite")
	if err != nil {
		return err
	}
	p, err := migrator(goose.DialectSQLite3, write, files)
	if err != nil {
		return err
	}
	// Most starts find nothing to do and take no lock.
	if done, err := sqliteIsCurrent(ctx, write, newest(p)); done || err != nil {
		return err
	}
	return migrateAlone(ctx, path, files, log)
}

// migrateAlone runs the migrations in one transaction that holds SQLite's write
// lock from its start: who comes second waits, and then finds nothing to do.
// goose by itself decides what to run before it takes any lock.
func migrateAlone(ctx context.Context, path string, files fs.FS, log *slog.Logger) (err error) {
	db := sql.OpenDB(alone{newSQLiteConnector(path, sqliteRole{busy: migrationTimeout})})
	db.SetMaxOpenConns(1)
	defer func() { err = errors.Join(err, db.Close()) }() // without COMMIT, nothing was changed
	p, err := migrator(goose.DialectSQLite3, db, files)
	if err != nil {
		return err
	}
	if done, err := sqliteIsCurrent(ctx, db, newest(p)); done || err != nil {
		return err
	}
	results, err := p.Up(ctx)
	if err != nil {
		return failedMigration(err)
	}
	if _, err := db.ExecContext(ctx, "COMMIT"); err != nil {
		return fmt.Errorf("migrate: commit: %w", err)
	}
	logMigrations(log, results)
	return nil
}

func sqliteIsCurrent(ctx context.Context, db *sql.DB, newest int64) (bool, error) {
	const table = "SELECT COUNT(*) FROM sqlite_schema WHERE type = 'table' AND name = '" + goose.DefaultTablename + "'"
	const version = "SELECT COALESCE(MAX(version_id), 0) FROM " + goose.DefaultTablename
	tables, err := one(ctx, db, scanInt, table)
	if err != nil || tables == 0 {
		return false, err
	}
	current, err := one(ctx, db, scanInt, version)
	if err != nil {
		return false, err
	}
	return isCurrent(int64(current), newest)
}

// alone opens connections that are in a transaction from the start, the only
// one that can write. A transaction begun on them is a savepoint in it.
type alone struct{ *sqliteConnector }

// Connect implements driver.Connector.
func (a alone) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := a.sqliteConnector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	c := aloneConn{conn.(sqliteConn)}
	if err := c.run(ctx, "BEGIN IMMEDIATE"); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return c, nil
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

type aloneConn struct{ sqliteConn }

func (c aloneConn) run(ctx context.Context, text string) error {
	_, err := c.ExecContext(ctx, text, nil)
	return err
}

// BeginTx implements driver.ConnBeginTx.
func (c aloneConn) BeginTx(ctx context.Context, _ driver.TxOptions) (driver.Tx, error) {
	return savepoint{c}, c.run(ctx, "SAVEPOINT migration")
}

type savepoint struct{ conn aloneConn }

// Commit implements driver.Tx.
func (s savepoint) Commit() error {
	return s.conn.run(context.Background(), "RELEASE migration")
}

// Rollback implements driver.Tx.
func (s savepoint) Rollback() error {
	return s.conn.run(context.Background(), "ROLLBACK TO migration; RELEASE migration")
}
