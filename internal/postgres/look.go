package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"trolley/internal/query"
	"trolley/migrations"
)

var errHidden = errors.New("the search path reaches a shop in another schema, which a new one would hide: " +
	"name that shop's schema in the URL, as in ?search_path=public, or an empty one alone")

// Look returns the names of the tables and views of a shop, none where there is none. It
// changes nothing. It refuses tables of another program, a newer shop's, and an empty
// schema before that of a shop. Tables of extensions do not count.
func Look(ctx context.Context, db *sql.DB) (tables []string, err error) {
	const text = `
SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relname <> 'migration_lock'
  AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY c.relname`
	// Another start may make the shop in this very schema meanwhile.
	const reached = `
SELECT COUNT(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.oid = to_regclass('goose_db_version') AND n.nspname <> current_schema() AND to_regclass('order_lines') IS NOT NULL`
	if tables, err = query.All(ctx, db, query.Text, text); err != nil {
		return nil, err
	}
	if !slices.Contains(tables, "goose_db_version") {
		if n, err := query.One(ctx, db, query.Int, reached); err != nil || n > 0 {
			return nil, errors.Join(err, errHidden)
		}
	}
	return tables, refuseForeign(ctx, db, tables)
}

// refuseForeign refuses tables that are not a shop's, or a newer one's. Those of an
// older one, such as a first start leaves that was interrupted, are migrated.
func refuseForeign(ctx context.Context, db *sql.DB, tables []string) error {
	if len(tables) == 0 {
		return nil
	}
	foreign := fmt.Errorf("it holds tables of another program, such as %.60s: name an empty database", tables[0])
	if !slices.Contains(tables, "goose_db_version") {
		return foreign
	}
	if (!slices.Contains(tables, "order_lines") || !slices.Contains(tables, "sessions")) && len(tables) > 1 {
		return foreign // it only migrates as we do
	}
	missing, err := migrations.Postgres().Missing(ctx, db)
	if err == nil && missing < migrations.Postgres().Newest() && len(tables) == 1 {
		err = foreign
	}
	return err
}
