package store

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"

	"trolley/migrations"
)

// rightProgram is what to do about a schema of another version.
const rightProgram = "use the trolley-admin that came with the shop's own program"

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

// newestSchema returns the version that this program brings a database to.
func newestSchema(db *sql.DB, dialect goose.Dialect) (int, error) {
	folder := SQLite
	if dialect == goose.DialectPostgres {
		folder = Postgres
	}
	files, err := fs.Sub(migrations.FS, string(folder))
	if err != nil {
		return 0, err
	}
	p, err := migrator(dialect, db, files)
	if err != nil {
		return 0, err
	}
	return int(newest(p)), nil
}

// anySchema refuses a database that has no schema of a shop.
func anySchema(ctx context.Context, db *sql.DB, _ goose.Dialect) error {
	_, err := schemaVersion(ctx, db)
	return err
}

// knownSchema refuses a schema that is newer than this program.
func knownSchema(ctx context.Context, db *sql.DB, dialect goose.Dialect) error {
	_, err := schemaAge(ctx, db, dialect)
	return err
}

// ownSchema refuses a schema that is newer or older than this program: to write
// to either might break rules that it does not know.
func ownSchema(ctx context.Context, db *sql.DB, dialect goose.Dialect) error {
	age, err := schemaAge(ctx, db, dialect)
	if err == nil && age > 0 {
		err = fmt.Errorf("its schema is %d versions older than this program's: %s", age, rightProgram)
	}
	return err
}

// ownShop refuses what ownSchema does, and a database that holds a part of a shop.
func ownShop(ctx context.Context, db *sql.DB, dialect goose.Dialect) error {
	if err := ownSchema(ctx, db, dialect); err != nil {
		return err
	}
	return wholeShop(ctx, db)
}

// schemaAge returns by how many versions a database's schema is older than this
// program's. A newer one is an error.
func schemaAge(ctx context.Context, db *sql.DB, dialect goose.Dialect) (int, error) {
	known, err := newestSchema(db, dialect)
	if err != nil {
		return 0, err
	}
	version, err := schemaVersion(ctx, db)
	if err != nil {
		return 0, err
	}
	if version > known {
		return 0, fmt.Errorf("its schema has version %d and this program knows versions up to %d: %s", version, known, rightProgram)
	}
	return known - version, nil
}

// lookAtSchema looks whether this program knows the schema, and so the rules.
func lookAtSchema(ctx context.Context, db *sql.DB, dialect goose.Dialect) ([]Check, error) {
	known, err := newestSchema(db, dialect)
	if err != nil {
		return nil, err
	}
	c := Check{Name: "schema", Of: "migrations"}
	if c.Seen, err = schemaVersion(ctx, db); err != nil {
		return nil, err
	}
	if c.Seen < 1 || c.Seen > known {
		c.wrong(Finding{
			Text:   fmt.Sprintf("its version is %d, and this program knows 1 to %d: %s", c.Seen, known, rightProgram),
			Query:  "SELECT * FROM " + goose.DefaultTablename,
			Damage: true,
		})
		return []Check{c}, nil
	}
	if c.Seen >= shopSchema {
		err = lookAtShop(ctx, db, &c)
	}
	return []Check{c}, err
}
