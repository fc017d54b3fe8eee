package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// refuseForeign refuses a database that is neither empty nor a shop's. It changes
// nothing about the file: another program's -wal is read only if nothing else tells.
func (f *file) refuseForeign(ctx context.Context) error {
	found, err := f.identify(ctx, true)
	if f.inUse() && (err != nil || found.table == "") {
		found, err = f.identify(ctx, false)
	}
	switch {
	case err != nil || found.isShop:
		return err
	case found.encoding != "UTF-8":
		return fmt.Errorf("it keeps text as %s, and a shop keeps UTF-8: name another file", found.encoding)
	case found.table != "":
		return fmt.Errorf("it holds tables of another program, such as %.60s: name another file", found.table)
	case found.id != 0 || found.version != 0:
		return fmt.Errorf("another program has marked it (application_id %d, user_version %d): name another file",
			found.id, found.version)
	}
	return nil
}

// identity tells whose a database is.
type identity struct {
	encoding    string
	id, version int
	table       string // one table or view; "" if there is none
	isShop      bool
}

func (f *file) identify(ctx context.Context, unused bool) (i identity, err error) {
	const text = `
SELECT encoding, application_id, user_version,
  (SELECT COALESCE(MIN(name), '') FROM sqlite_schema
   WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\_%' ESCAPE '\'),
  (SELECT COUNT(*) = 3 FROM sqlite_schema
   WHERE type = 'table' AND name IN ('goose_db_version', 'order_lines', 'sessions')) AND encoding = 'UTF-8'
FROM pragma_encoding, pragma_application_id, pragma_user_version`
	db := sql.OpenDB(newConnector(f.path, readOnly(unused)))
	err = db.QueryRowContext(ctx, text).Scan(&i.encoding, &i.id, &i.version, &i.table, &i.isShop)
	return i, errors.Join(err, db.Close())
}
