package sqlite

import (
	"context"
	"database/sql"
	"errors"
)

// refuseForeign refuses a database that is neither empty nor a shop's. It changes
// nothing about the file: another program's -wal is read only if nothing else tells.
func (f *file) refuseForeign(ctx context.Context) error {
	hasTables, problem, err := f.identify(ctx, true)
	if f.inUse() && !hasTables {
		_, problem, err = f.identify(ctx, false)
	}
	if err == nil && problem != "" {
		err = errors.New(problem + ": name another file")
	}
	return err
}

// identify reports whether a database has tables, and what says that it is not a shop's.
func (f *file) identify(ctx context.Context, unused bool) (hasTables bool, problem string, err error) {
	const text = `
SELECT first.name IS NOT NULL, CASE
  WHEN encoding <> 'UTF-8' THEN 'it keeps text as ' || encoding || ', and a shop keeps UTF-8'
  WHEN shop.tables = 3 THEN ''
  WHEN first.name IS NOT NULL THEN 'it holds tables of another program, such as ' || substr(first.name, 1, 60)
  WHEN application_id <> 0 OR user_version <> 0 THEN
    format('another program has marked it (application_id %d, user_version %d)', application_id, user_version)
  ELSE '' END
FROM pragma_encoding, pragma_application_id, pragma_user_version,
  (SELECT MIN(name) AS name FROM sqlite_schema
   WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\_%' ESCAPE '\') AS first,
  (SELECT COUNT(*) AS tables FROM sqlite_schema
   WHERE type = 'table' AND name IN ('goose_db_version', 'order_lines', 'sessions')) AS shop`
	db := sql.OpenDB(f.connector(readOnly(unused)))
	err = db.QueryRowContext(ctx, text).Scan(&hasTables, &problem)
	return hasTables, problem, errors.Join(err, db.Close())
}
