package session

import (
	"context"
	"database/sql"
	_ "embed" // the schemas
	"errors"
	"fmt"
)

// SchemaSQLite makes the tables in SQLite, unless they are there. Run it at each
// start, or with the migrations of the program.
//
//go:embed schema_sqlite.sql
var SchemaSQLite string

// SchemaPostgres makes the tables in PostgreSQL, unless they are there.
//
//go:embed schema_postgres.sql
var SchemaPostgres string

// A trigger or a foreign key on sessions turns one DELETE of all rows into one for
// each, and a foreign key can delete more than the session. Text in a table that is not
// STRICT never equals the bytes of the compare-and-swap.
const (
	tablesSQL = `
SELECT data, expiry, ended_at, renewed FROM sessions s JOIN ended_sessions e ON e.token = s.token
LIMIT 0`

	faultSQLite = `
SELECT 'the table ' || name || ' is not STRICT' FROM pragma_table_list
WHERE schema = 'main' AND name IN ('sessions', 'ended_sessions') AND NOT strict
UNION ALL
SELECT 'the trigger ' || name || ' is on sessions' FROM sqlite_schema
WHERE type = 'trigger' AND lower(tbl_name) = 'sessions'
UNION ALL
SELECT 'a foreign key of ' || t.name || ' refers to ' || k."table"
FROM sqlite_schema t, pragma_foreign_key_list(t.name) k
WHERE t.type = 'table' AND 'sessions' IN (lower(t.name), lower(k."table"))`

	faultPostgres = `
SELECT 'the trigger ' || tgname || ' is on sessions' FROM pg_trigger
WHERE tgrelid = 'sessions'::regclass AND NOT tgisinternal
UNION ALL
SELECT 'the foreign key ' || conname || ' belongs to sessions' FROM pg_constraint
WHERE contype = 'f' AND 'sessions'::regclass IN (conrelid, confrelid)`
)

// checkTables returns the first fault of the tables.
func (m *Manager) checkTables(ctx context.Context) error {
	if _, err := m.o.Reader.ExecContext(ctx, tablesSQL); err != nil {
		return fmt.Errorf("session: need the tables of the schema: %w", err)
	}
	query := faultSQLite
	if m.o.Engine == Postgres {
		query = faultPostgres
	}
	var fault string
	switch err := m.o.Reader.QueryRowContext(ctx, query).Scan(&fault); {
	case errors.Is(err, sql.ErrNoRows):
		return nil
	case err != nil:
		return fmt.Errorf("session: check of the tables: %w", err)
	}
	return errors.New("session: " + fault)
}
