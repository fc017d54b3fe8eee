// Package postgres opens PostgreSQL, and what speaks its protocol, as it should be:
// every wait is bounded, a connection that is of no more use leaves the pool, and
// errors say whether trying again may help.
package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"

	"trolley/internal/query"
	"trolley/migrations"
)

// DB is an open database: two pools of the same connections. Its methods are safe for
// concurrent use.
type DB struct {
	Write  *sql.DB // for what changes something; has three quarters of them at most
	Read   *sql.DB
	Name   string // as errors and logs show it, without a password
	places *places
}

// Check returns a [StandbyError] while no write is acknowledged.
func (db *DB) Check() error {
	return db.places.check(1)
}

// Close closes both pools. The errors are those of the connections.
func (db *DB) Close() error { return errors.Join(db.Write.Close(), db.places.close()) }

// Open opens the database that a URL names, with the parameters of
// https://pkg.go.dev/github.com/jackc/pgx/v5/pgconn#ParseConfig and pool_max_conns,
// the most connections that this process opens. It brings the schema up to date,
// and warns where the server may lose what it confirmed.
//
// An error is one line that says what to do and shows no password. Close the DB.
func Open(ctx context.Context, url string, log *slog.Logger) (*DB, error) {
	c, err := parse(url)
	if err != nil {
		return nil, err
	}
	db := c.open()
	err = checkServer(ctx, db.Read, log)
	if err == nil {
		_, err = Look(ctx, db.Read)
	}
	if err == nil {
		err = c.migrate(ctx, db, log)
	}
	if err == nil {
		err = migrations.Postgres().Check(ctx, db.Read)
	}
	return opened(db, err)
}

// OpenExisting opens a database that is there, also one that a shop is using, to
// change something in it. It migrates nothing and refuses a schema of any other
// version than its own. Its statements may take their time. The error is that of
// [Open].
func OpenExisting(ctx context.Context, url string) (*DB, error) {
	c, err := parse(url)
	if err != nil {
		return nil, err
	}
	db := c.admin(adminName)
	return opened(db, migrations.Postgres().Check(ctx, db.Read))
}

// OpenReadOnly is [OpenExisting] for a database of which nothing is changed: a
// schema of any version will do, and a server that only reads.
func OpenReadOnly(ctx context.Context, url string) (*DB, error) {
	c, err := parse(url)
	if err != nil {
		return nil, err
	}
	c.conn.RuntimeParams["default_transaction_read_only"] = "on"
	c.conn.ValidateConnect = nil
	db := c.admin(adminName)
	_, err = migrations.Version(ctx, db.Read)
	return opened(db, err)
}

// OpenAny is [OpenExisting] for a database that may hold anything, or nothing. It warns
// as [Open] does.
func OpenAny(ctx context.Context, url string, log *slog.Logger) (*DB, error) {
	c, err := parse(url)
	if err != nil {
		return nil, err
	}
	db := c.admin(adminName)
	return opened(db, checkServer(ctx, db.Read, log))
}

// opened returns db, or closes it and returns why it cannot be used.
func opened(db *DB, err error) (*DB, error) {
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", db.Name, errors.Join(Explain(err), db.Close()))
	}
	return db, nil
}

// checkServer refuses a database that cannot hold every text, and warns of
// settings with which a crash of the server loses what it said it had kept.
func checkServer(ctx context.Context, db *sql.DB, log *slog.Logger) error {
	const settings = `
SELECT name, setting FROM pg_settings
WHERE name IN ('server_encoding', 'synchronous_commit', 'fsync', 'full_page_writes')`
	return query.Each(ctx, db, func(rows *sql.Rows) error {
		var name, value string
		if err := rows.Scan(&name, &value); err != nil {
			return err
		}
		switch {
		case name == "server_encoding" && value != "UTF8":
			return fmt.Errorf("its encoding is %s: make a database with ENCODING 'UTF8'", value)
		case value == "off":
			log.Warn("the database server may lose orders in a crash that it has confirmed", "setting", name, "value", value)
		}
		return nil
	}, settings)
}
