package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"

	"github.com/pressly/goose/v3"
)

// guestName is what a guest is called in pg_stat_activity, where a shop is "trolley".
const guestName = "trolley-admin"

// openPostgresGuest opens a database that is there and migrates nothing. Its
// statements may take their time: nobody sits at a page that loads.
func openPostgresGuest(ctx context.Context, dsn string, readOnly bool, log *slog.Logger) (*Store, error) {
	c, err := parseGuest(dsn)
	if err != nil {
		return nil, err
	}
	judge := ownShop
	if readOnly {
		c.conn.RuntimeParams["default_transaction_read_only"] = "on"
		c.conn.ValidateConnect = nil // a server that only reads will do
		judge = anySchema
	}
	db := c.migrationPool()
	if err := judge(ctx, db, goose.DialectPostgres); err != nil {
		return nil, fmt.Errorf("store: open %s: %w", c.name(), errors.Join(explainPostgres(err), db.Close()))
	}
	return newStore(db, db, postgresServer{}, log), nil
}

func parseGuest(dsn string) (*postgresConfig, error) {
	c, err := parsePostgres(dsn)
	if err != nil {
		return nil, fmt.Errorf("store: open: %w", err)
	}
	c.conn.RuntimeParams["application_name"] = guestName
	return c, nil
}

// looks implements looker. What is under the tables is the server's to look at.
func (postgresServer) looks(db *sql.DB) []look {
	return []look{{"schema", func(ctx context.Context) ([]Check, error) {
		return lookAtSchema(ctx, db, goose.DialectPostgres)
	}}}
}
