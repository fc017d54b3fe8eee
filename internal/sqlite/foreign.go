package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"trolley/internal/query"
)

// refuseForeign refuses a database that is neither empty nor a shop's. It changes
// nothing about the file: another program's -wal is read only if nothing else tells.
func (f *file) refuseForeign(ctx context.Context) error {
	tables, err := f.tables(ctx, true)
	if f.inUse() && (err != nil || len(tables) == 0) {
		tables, err = f.tables(ctx, false)
	}
	switch {
	case err != nil:
		return err
	case len(tables) == 0:
		return f.refuseMarked(ctx)
	case slices.Contains(tables, "goose_db_version") && slices.Contains(tables, "order_lines") && slices.Contains(tables, "sessions"):
		return nil
	}
	return fmt.Errorf("it holds tables of another program, such as %.60s: name another file", tables[0])
}

// tables returns the tables and views of the database, without those of SQLite itself.
// A database with another encoding than a shop's is an error.
func (f *file) tables(ctx context.Context, unused bool) (names []string, err error) {
	const text = `
SELECT name FROM sqlite_schema
WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\_%' ESCAPE '\'
ORDER BY name`
	db := sql.OpenDB(newConnector(f.path, readOnly(unused)))
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1)
	encoding, err := query.One(ctx, db, query.Text, "PRAGMA encoding")
	if err == nil && encoding != "UTF-8" {
		err = fmt.Errorf("it keeps text as %s, and a shop keeps UTF-8: name another file", encoding)
	}
	if err != nil {
		return nil, err
	}
	return query.All(ctx, db, query.Text, text)
}

// refuseMarked refuses a database without a table that another program has put its mark on.
func (f *file) refuseMarked(ctx context.Context) error {
	const marks = `
SELECT application_id, user_version FROM pragma_application_id, pragma_user_version`
	db := sql.OpenDB(newConnector(f.path, readOnly(!f.inUse())))
	var id, version int
	if err := errors.Join(db.QueryRowContext(ctx, marks).Scan(&id, &version), db.Close()); err != nil {
		return err
	}
	if id != 0 || version != 0 {
		return fmt.Errorf("another program has marked it (application_id %d, user_version %d): name another file", id, version)
	}
	return nil
}
