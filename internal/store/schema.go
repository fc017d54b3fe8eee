package store

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"

	"trolley/migrations"
)

// schemaVersion returns the version of the schema that a database has. A
// database without one is not a shop's.
func schemaVersion(ctx context.Context, q querier) (int, error) {
	const version = "SELECT COALESCE(MAX(version_id), 0) FROM " + goose.DefaultTablename
	n, err := one(ctx, q, scanInt, version)
	if err != nil {
		return 0, fmt.Errorf("it has no schema of a shop: %w", err)
	}
	return n, nil
}

// newestSQLiteSchema returns the version that this program brings a database to.
func newestSQLiteSchema(db *sql.DB) (int, error) {
	files, err := fs.Sub(migrations.FS, "sqlite")
	if err != nil {
		return 0, err
	}
	p, err := migrator(goose.DialectSQLite3, db, files)
	if err != nil {
		return 0, err
	}
	return int(newest(p)), nil
}
