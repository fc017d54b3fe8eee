package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// postgresServer is the engine of an open PostgreSQL database, and of what
// speaks its protocol.
type postgresServer struct{}

func openPostgres(ctx context.Context, dsn string, log *slog.Logger) (*Store, error) {
	c, err := parsePostgres(dsn)
	if err != nil {
		return nil, fmt.Errorf("store: open: %w", err)
	}
	db := c.pool()
	if err := startPostgres(ctx, c, db, log); err != nil {
		return nil, fmt.Errorf("store: open %s: %w", c.name(), errors.Join(explainPostgres(err), db.Close()))
	}
	return newStore(db, db, postgresServer{}, log), nil
}

func startPostgres(ctx context.Context, c *postgresConfig, db *sql.DB, log *slog.Logger) error {
	if err := migratePostgres(ctx, c, log); err != nil {
		return err
	}
	if err := checkPostgres(ctx, db, log); err != nil {
		return err
	}
	return wholeShop(ctx, db)
}

// checkPostgres refuses a database that cannot hold every text, and warns of
// settings with which a crash of the server loses what it said it had kept.
func checkPostgres(ctx context.Context, db *sql.DB, log *slog.Logger) error {
	const settings = `SELECT name, setting FROM pg_settings
WHERE name IN ('server_encoding', 'synchronous_commit', 'fsync', 'full_page_writes')`
	values, err := all(ctx, db, scanSetting, settings)
	if err != nil {
		return err
	}
	for _, s := range values {
		switch {
		case s[0] == "server_encoding" && s[1] != "UTF8":
			return fmt.Errorf("its encoding is %s: make a database with ENCODING 'UTF8'", s[1])
		case s[1] == "off":
			log.Warn("the database server may lose orders in a crash that it has confirmed", "setting", s[0], "value", s[1])
		}
	}
	return nil
}

func scanSetting(rows *sql.Rows) (s [2]string, err error) {
	return s, rows.Scan(&s[0], &s[1])
}

// kind implements engine.
func (postgresServer) kind() Engine { return Postgres }

// expiry implements engine.
func (postgresServer) expiry(t time.Time) any { return t }

// byCodePoint implements engine.
func (postgresServer) byCodePoint(column string) string { return column + ` COLLATE "C"` }

// check implements engine: a connection is to one server until it ends.
func (postgresServer) check() error { return nil }

// settle implements engine: the server keeps its own files.
func (postgresServer) settle(context.Context, *sql.DB) error { return nil }

// release implements engine.
func (postgresServer) release() error { return nil }
